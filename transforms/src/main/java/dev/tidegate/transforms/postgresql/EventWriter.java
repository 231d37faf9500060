package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.EventSources;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Writes batches of events to the ledger and their tables, and issues their effects: a batch in one
 * transaction, tables in fixed order, rows in the order of their keys, so that writers that meet
 * wait for each other and never in a circle.
 *
 * <p>Where the database refuses a row, the batch is rolled back and split, over events, each part a
 * transaction of its own, until the culprits are alone: an event's rows stay together, and nothing
 * else in the batch suffers. What becomes of the culprits is for {@link RefusedEvents} to say.
 */
public final class EventWriter {
  /** What took too long before is given a fraction of the time when it comes again. */
  private static final int PATIENCE_LESS_FOR_SLOW = 5;

  private final ConnectionPool pool;
  private final TransientRetry retry;
  private final List<Table> tables;
  private final Map<String, UpsertStatement> upserts;
  private final LedgerStatement ledger;
  private final SagaStatement sagas;
  private final RollupStatement rollups = new RollupStatement();
  private final Set<Extra> extras;

  /** What a writer keeps beside the rows. Only a benchmark leaves some of it out. */
  enum Extra {
    /** Attempts, and figures by the minute. */
    FIGURES,
    /** What events are about. */
    ABOUT
  }

  /**
   * An event that waits to be written.
   *
   * @param transformed the event and its upserts
   * @param startedAt when it reached the sink
   */
  public record Entry(TransformedEvent transformed, Instant startedAt) {
    Event event() {
      return transformed.event();
    }
  }

  /** Is told what became of each event of a batch, after the transaction that settled it. */
  @FunctionalInterface
  public interface Result {
    /**
     * The database refuses the event's rows for good.
     *
     * @param reason what may be told of it: no values
     */
    void refused(Entry entry, String reason);

    /** The event is committed. */
    default void committed(Entry entry, EventOutcome.Status outcome) {}
  }

  /**
   * A writer of events that belong to no saga.
   *
   * @param tables every table that upserts may name, in the order in which they are locked
   * @param ledgerPayload whether the ledger keeps the events' bodies
   */
  public EventWriter(
      ConnectionPool pool, TransientRetry retry, List<Table> tables, boolean ledgerPayload) {
    this(
        pool, retry, tables, EventSources.of(List.of()), ledgerPayload, EnumSet.allOf(Extra.class));
  }

  /**
   * A writer of the events of {@code sources}, which have the tables and the sagas.
   *
   * @param ledgerPayload whether the ledger keeps the events' bodies
   */
  public EventWriter(
      ConnectionPool pool, TransientRetry retry, EventSources sources, boolean ledgerPayload) {
    this(pool, retry, sources.tables(), sources, ledgerPayload, EnumSet.allOf(Extra.class));
  }

  /** A writer that keeps {@code extras} only. */
  EventWriter(
      ConnectionPool pool,
      TransientRetry retry,
      List<Table> tables,
      EventSources sagasOf,
      boolean ledgerPayload,
      Set<Extra> extras) {
    this.pool = pool;
    this.retry = retry;
    this.tables = tables;
    this.upserts = UpsertStatement.ofAll(tables);
    this.extras = extras;
    this.ledger = new LedgerStatement(ledgerPayload, extras.contains(Extra.ABOUT));
    this.sagas = new SagaStatement(sagasOf);
  }

  /** How many rows an event writes: its own in the ledger, those of its tables, its effects. */
  public static int rowsOf(TransformedEvent transformed) {
    return 1
        + transformed.upserts().size()
        + transformed.effects().size()
        + transformed.sagas().size();
  }

  /**
   * Writes all of {@code batch} but the events that become dead letters.
   *
   * @param result told of each event, in no particular order
   * @throws SQLException where the database is away, or a table refuses what is written to it, for
   *     longer than that is waited for: nothing is lost by writing the batch again
   */
  public void write(List<Entry> batch, Result result) throws SQLException {
    if (batch.isEmpty()) {
      return;
    }
    Bisection<Entry> bisection = new Bisection<>(part -> commit(part, result));
    List<Entry> slow = health().slowAmong(batch);
    if (slow.isEmpty()) {
      bisection.write(batch);
    } else {
      writeBeforeSlowOnes(batch, slow, bisection);
    }
    new RefusedEvents(this, health(), result).settle(bisection);
  }

  /**
   * Writes all of {@code batch} that the database takes, and tells of the others at once. Nobody
   * waits for a table that refuses everything, and nothing of it is remembered: for tables that are
   * thrown away.
   *
   * @throws SQLException where the database is away
   */
  void tryOut(List<Entry> batch, Result result) throws SQLException {
    Bisection<Entry> bisection =
        new Bisection<>(
            part -> {
              AtomicReference<List<EventOutcome.Status>> outcomes = new AtomicReference<>();
              retry.run(
                  pool,
                  pool.configuration().batchTimeout(),
                  connection -> outcomes.set(write(connection, part)));
              for (int i = 0; i < part.size(); i++) {
                result.committed(part.get(i), outcomes.get().get(i));
              }
            });
    bisection.write(batch);
    bisection
        .refused()
        .forEach(one -> result.refused(one.item(), SqlFailure.describe(one.failure())));
    bisection
        .untried()
        .forEach(one -> result.refused(one, "its rows take too long, as those of others do"));
  }

  /** What took too long before goes last and alone, and keeps nobody for long. */
  private static void writeBeforeSlowOnes(
      List<Entry> batch, List<Entry> slow, Bisection<Entry> bisection) throws SQLException {
    List<Entry> others = new ArrayList<>(batch);
    others.removeAll(new HashSet<>(slow));
    if (!others.isEmpty()) {
      bisection.write(others);
    }
    bisection.writeSingly(slow);
  }

  /** Commits {@code part}, with no more patience than it needs not to hold up the others. */
  void commit(List<Entry> part, Result result) throws SQLException {
    Duration patience = pool.configuration().batchTimeout();
    boolean knownAsSlow = part.size() == 1 && !health().slowAmong(part).isEmpty();
    commit(part, knownAsSlow ? patience.dividedBy(PATIENCE_LESS_FOR_SLOW) : patience, result);
  }

  /** Commits {@code part}, with all the patience that a statement is given. */
  void commitPatiently(List<Entry> part, Result result) throws SQLException {
    commit(part, pool.configuration().statementTimeout(), result);
  }

  private void commit(List<Entry> part, Duration patience, Result result) throws SQLException {
    AtomicReference<List<EventOutcome.Status>> outcomes = new AtomicReference<>(List.of());
    long since = health().now();
    retry.run(pool, patience, connection -> outcomes.set(write(connection, part)));
    health().took(part, since);
    for (int i = 0; i < part.size(); i++) {
      result.committed(part.get(i), outcomes.get().get(i));
    }
  }

  /**
   * Asks a table whether it takes events again that it took before, and writes nothing.
   *
   * @throws SQLException where it does not
   */
  void ask(List<Entry> taken, String table) throws SQLException {
    retry.run(
        pool,
        pool.configuration().batchTimeout(),
        connection -> {
          if (upserts.containsKey(table)) {
            upserts.get(table).execute(connection, byTable(taken).get(table), standing -> {});
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

  /** What is known of the tables, for as long as this JVM runs. */
  private TableHealth health() {
    return TableHealth.of(pool.configuration());
  }

  /** Writes the whole batch, and returns each event's outcome, should it be committed. */
  private List<EventOutcome.Status> write(Connection connection, List<Entry> batch)
      throws SQLException {
    // The ledger first, half of the work: its rows are the event's own, while those of the tables
    // are shared with other writers, and locked from here to the commit. Written behind the tables
    // it halved what two writers reached together (2,346 events/s for 4,877).
    Map<LedgerStatement.Key, LedgerStatement.Known> known;
    List<Entry> causes;
    try {
      causes = EffectHorizon.applyTo(connection, batch);
      known = ledger.execute(connection, batch);
      ReplayedLetters.mark(connection, batch);
    } catch (SQLException failure) {
      throw new TableFailure(TableHealth.LEDGER, failure);
    }
    Map<String, List<Upsert>> said = byTable(batch);
    Set<Upsert> standing = Collections.newSetFromMap(new IdentityHashMap<>());
    for (String table : upserts.keySet()) {
      List<Upsert> ofTable = said.get(table);
      if (ofTable != null) {
        try {
          upserts.get(table).execute(connection, ofTable, standing::add);
        } catch (SQLException failure) {
          throw new TableFailure(table, failure);
        }
      }
    }
    try {
      EffectStatement.execute(connection, causes);
      sagas.execute(connection, causes);
    } catch (SQLException failure) {
      throw new TableFailure(TableHealth.EFFECTS, failure);
    }
    List<Written> written = outcomesOf(batch, known, standing);
    try {
      if (extras.contains(Extra.FIGURES)) {
        record(connection, written);
      }
    } catch (SQLException failure) {
      throw new TableFailure(TableHealth.LEDGER, failure);
    }
    return written.stream().map(Written::outcome).toList();
  }

  /** The last statements: no other writer waits for these rows. */
  private void record(Connection connection, List<Written> written) throws SQLException {
    AttemptStatement.execute(
        connection,
        written.stream()
            .filter(each -> !each.isFirst || each.attempt.isReplay())
            .map(Written::attempt)
            .toList());
    rollups.execute(connection, written.stream().map(Written::attempt).toList());
  }

  /**
   * What became of an event of a batch.
   *
   * @param attempt what the ledger says of it
   * @param isFirst whether its notification was not seen before
   */
  private record Written(EventOutcome.Status outcome, Attempt attempt, boolean isFirst) {}

  /** What the batch says, by table. */
  private Map<String, List<Upsert>> byTable(List<Entry> batch) {
    Map<String, List<Upsert>> byTable = new HashMap<>();
    for (Entry entry : batch) {
      for (Upsert upsert : entry.transformed().upserts()) {
        if (!upserts.containsKey(upsert.table())) {
          throw new IllegalStateException("no source has a table " + upsert.table());
        }
        byTable.computeIfAbsent(upsert.table(), table -> new ArrayList<>()).add(upsert);
      }
    }
    return byTable;
  }

  /**
   * The outcome of each of {@code batch}'s events.
   *
   * @param known the notifications that the ledger had before
   * @param standing the upserts by which a column now is as they say
   */
  private static List<Written> outcomesOf(
      List<Entry> batch,
      Map<LedgerStatement.Key, LedgerStatement.Known> known,
      Set<Upsert> standing) {
    Map<LedgerStatement.Key, Version> newest = new HashMap<>();
    if (!known.isEmpty()) {
      for (Entry entry : batch) {
        newest.merge(
            LedgerStatement.Key.of(entry.event()),
            entry.event().version(),
            (one, other) -> one.compareTo(other) >= 0 ? one : other);
      }
    }
    Map<LedgerStatement.Key, List<Version>> seen = new HashMap<>(2 * batch.size());
    List<Written> written = new ArrayList<>(batch.size());
    for (Entry entry : batch) {
      LedgerStatement.Key key = LedgerStatement.Key.of(entry.event());
      Version version = entry.event().version();
      List<Version> before = seen.computeIfAbsent(key, any -> new ArrayList<>(1));
      LedgerStatement.Known row = known.get(key);
      boolean repeatsRow =
          row != null && row.isRepeated() && version.isOfSameEvent(newest.get(key));
      boolean isRepeat = repeatsRow || before.stream().anyMatch(version::isOfSameEvent);
      EventOutcome.Status outcome =
          repeatsRow
              ? outcomeOfKnown(entry, row.messageId())
              : isRepeat ? EventOutcome.Status.DUPLICATE : outcomeOf(entry, standing);
      written.add(
          new Written(outcome, attemptOf(entry, isRepeat), row == null && before.isEmpty()));
      before.add(version);
    }
    return written;
  }

  private static Attempt attemptOf(Entry entry, boolean isRepeat) {
    boolean handled = entry.transformed().handled();
    return new Attempt(
        entry.event().raw(),
        entry.event().notificationId(),
        handled,
        isRepeat
            ? Attempt.Outcome.DUPLICATE
            : handled ? Attempt.Outcome.PROCESSED : Attempt.Outcome.UNHANDLED,
        Optional.empty());
  }

  /**
   * The outcome of a body that the ledger had. The same message comes again after a crash between
   * the commit and the acknowledgement: nobody was told what became of it then.
   */
  private static EventOutcome.Status outcomeOfKnown(Entry entry, String writer) {
    if (!entry.event().raw().messageId().equals(writer)) {
      return EventOutcome.Status.DUPLICATE;
    }
    return entry.transformed().handled()
        ? EventOutcome.Status.APPLIED
        : EventOutcome.Status.UNHANDLED;
  }

  private static EventOutcome.Status outcomeOf(Entry entry, Set<Upsert> standing) {
    if (!entry.transformed().handled()) {
      return EventOutcome.Status.UNHANDLED;
    }
    List<Upsert> upserts = entry.transformed().upserts();
    return upserts.isEmpty() || upserts.stream().anyMatch(standing::contains)
        ? EventOutcome.Status.APPLIED
        : EventOutcome.Status.STALE;
  }
}
