package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes batches of events to the ledger and their tables: a batch in one transaction, tables in
 * fixed order, rows in the order of their keys, so that writers that meet wait for each other and
 * never in a circle.
 *
 * <p>Where the database refuses a row, the batch is rolled back and split, over events, each part a
 * transaction of its own, until the culprits are alone: an event's rows stay together, and nothing
 * else in the batch suffers. What becomes of the culprits is for {@link RefusedEvents} to say.
 */
public final class EventWriter {
  private static final Comparator<List<String>> KEY_ORDER =
      (first, second) -> {
        for (int i = 0; i < first.size(); i++) {
          int order = first.get(i).compareTo(second.get(i));
          if (order != 0) {
            return order;
          }
        }
        return 0;
      };

  /** What took too long before is given a fraction of the time when it comes again. */
  private static final int PATIENCE_LESS_FOR_SLOW = 5;

  private final ConnectionPool pool;
  private final TransientRetry retry;
  private final List<Table> tables;
  private final Map<String, UpsertStatement> upserts;
  private final LedgerStatement ledger;
  private final TableHealth health;

  /**
   * @param tables every table that upserts may name, in the order in which they are locked
   * @param ledgerPayload whether the ledger keeps the events' bodies
   */
  public EventWriter(
      ConnectionPool pool, TransientRetry retry, List<Table> tables, boolean ledgerPayload) {
    this.pool = pool;
    this.retry = retry;
    this.tables = tables;
    this.upserts = UpsertStatement.ofAll(tables);
    this.ledger = new LedgerStatement(ledgerPayload);
    this.health = TableHealth.of(pool.configuration());
  }

  /**
   * Writes all of {@code batch} but the events that become dead letters.
   *
   * @param result told of each event, in no particular order
   * @throws SQLException where the database is away, or a table refuses what is written to it, for
   *     longer than that is waited for: nothing is lost by writing the batch again
   */
  public void write(List<BatchEntry> batch, BatchResult result) throws SQLException {
    if (batch.isEmpty()) {
      return;
    }
    Bisection<BatchEntry> bisection = new Bisection<>(part -> commit(part, result));
    List<BatchEntry> slow = health.slowAmong(batch);
    if (slow.isEmpty()) {
      bisection.write(batch);
    } else {
      writeBeforeSlowOnes(batch, slow, bisection);
    }
    new RefusedEvents(this, health, result).settle(bisection);
  }

  /** What took too long before goes last and alone, and keeps nobody for long. */
  private static void writeBeforeSlowOnes(
      List<BatchEntry> batch, List<BatchEntry> slow, Bisection<BatchEntry> bisection)
      throws SQLException {
    List<BatchEntry> others = new ArrayList<>(batch);
    others.removeAll(new HashSet<>(slow));
    if (!others.isEmpty()) {
      bisection.write(others);
    }
    bisection.writeSingly(slow);
  }

  /** Commits {@code part}, with no more patience than it needs not to hold up the others. */
  void commit(List<BatchEntry> part, BatchResult result) throws SQLException {
    Duration patience = pool.configuration().batchTimeout();
    boolean knownAsSlow = part.size() == 1 && !health.slowAmong(part).isEmpty();
    commit(part, knownAsSlow ? patience.dividedBy(PATIENCE_LESS_FOR_SLOW) : patience, result);
  }

  /** Commits {@code part}, with all the patience that a statement is given. */
  void commitPatiently(List<BatchEntry> part, BatchResult result) throws SQLException {
    commit(part, pool.configuration().statementTimeout(), result);
  }

  private void commit(List<BatchEntry> part, Duration patience, BatchResult result)
      throws SQLException {
    AtomicReference<List<EventOutcome.Status>> outcomes = new AtomicReference<>(List.of());
    long since = health.now();
    retry.run(pool, patience, connection -> outcomes.set(write(connection, part)));
    health.took(part, since);
    for (int i = 0; i < part.size(); i++) {
      result.committed(part.get(i), outcomes.get().get(i));
    }
  }

  /**
   * Asks a table whether it takes events again that it took before, and writes nothing.
   *
   * @throws SQLException where it does not
   */
  void ask(List<BatchEntry> taken, String table) throws SQLException {
    retry.run(
        pool,
        pool.configuration().batchTimeout(),
        connection -> {
          if (upserts.containsKey(table)) {
            upserts.get(table).execute(connection, rowsOf(taken).get(table));
          } else {
            write(connection, taken);
          }
          try (Statement statement = connection.createStatement()) {
            statement.execute("SET CONSTRAINTS ALL IMMEDIATE");
          }
          connection.rollback();
        });
  }

  /** What of the database is not as this version needs it. */
  List<String> mismatches(String table, SQLException failure) {
    try {
      List<String> found = new ArrayList<>();
      pool.use(connection -> found.addAll(DatabaseSchema.mismatches(connection, tables)));
      String constraint = SqlFailure.constraintOf(failure).orElse(null);
      if (constraint != null && !table.equals(TableHealth.ANY)) {
        pool.use(
            connection ->
                DatabaseSchema.definitionOf(connection, table, constraint).ifPresent(found::add));
      }
      return found;
    } catch (SQLException unreadable) {
      return List.of();
    }
  }

  TransientRetry retry() {
    return retry;
  }

  /** Writes the whole batch, and returns each event's outcome, should it be committed. */
  private List<EventOutcome.Status> write(Connection connection, List<BatchEntry> batch)
      throws SQLException {
    // The ledger first, half of the work: its rows are the event's own, while those of the tables
    // are shared with other writers, and locked from here to the commit. Written behind the tables
    // it halved what two writers reached together (2,346 events/s for 4,877).
    BatchOutcomes outcomes;
    try {
      outcomes = new BatchOutcomes(ledger.execute(connection, batch));
      ReplayedLetters.mark(connection, batch);
    } catch (SQLException failure) {
      throw new TableFailure(TableHealth.LEDGER, failure);
    }
    Map<String, List<Row>> rows = rowsOf(batch);
    for (String table : upserts.keySet()) {
      List<Row> ofTable = rows.get(table);
      if (ofTable != null) {
        try {
          outcomes.add(table, upserts.get(table).execute(connection, ofTable));
        } catch (SQLException failure) {
          throw new TableFailure(table, failure);
        }
      }
    }
    return outcomes.of(batch);
  }

  /** The batch's rows by table, each key once, sorted. */
  private Map<String, List<Row>> rowsOf(List<BatchEntry> batch) {
    Map<String, Map<List<String>, Row>> byKey = new HashMap<>();
    for (BatchEntry entry : batch) {
      for (Upsert upsert : entry.transformed().upserts()) {
        if (!upserts.containsKey(upsert.table())) {
          throw new IllegalStateException("no source has a table " + upsert.table());
        }
        byKey
            .computeIfAbsent(upsert.table(), table -> new HashMap<>())
            .computeIfAbsent(upsert.key(), Row::new)
            .merge(upsert);
      }
    }
    Map<String, List<Row>> sorted = new HashMap<>();
    byKey.forEach(
        (table, rows) -> {
          List<Row> ofTable = new ArrayList<>(rows.values());
          ofTable.sort(Comparator.comparing(Row::key, KEY_ORDER));
          sorted.put(table, ofTable);
        });
    return sorted;
  }
}
