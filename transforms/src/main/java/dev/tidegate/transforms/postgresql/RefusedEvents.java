package dev.tidegate.transforms.postgresql;

import dev.tidegate.transforms.postgresql.Bisection.Refused;
import dev.tidegate.transforms.postgresql.EventWriter.Entry;
import dev.tidegate.transforms.postgresql.SqlFailure.Kind;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says what becomes of events that the database refused alone: poison becomes dead letters, and
 * what a table refuses because it has changed waits until the table is mended.
 *
 * <p>The rule: a refusal is the event's fault where its table takes other events meanwhile, and the
 * table's where it takes none. Events are compared that write the same table; that they were
 * refused for one reason means the same SQLSTATE, table, column and constraint.
 *
 * <ul>
 *   <li>The table has taken others since: poison, whatever the error. A known good event of the
 *       batch is written again, and rolled back, to be sure of it. After that, what took too long
 *       or met a wrong definition is tried once more: the database may just have recovered.
 *   <li>None was taken, and {@link RefusalHistory#ENOUGH} different events or more were refused in
 *       a row, in one batch or one after the other: the table has changed.
 *   <li>Fewer, of an error of the data or of an unknown one: poison, unless the table refuses an
 *       event as well that it took before. Too few to tell, as where events come one by one, become
 *       dead letters until they are enough; the log says to replay them.
 *   <li>An error of the table's definition (class 42), or a statement that takes too long: waited
 *       for, unless the table has taken others.
 * </ul>
 *
 * <p>Values are checked before they come here, so the database has no reason to refuse those of one
 * sender. Should a sender find one all the same, its poison harms nobody who writes the same
 * tables; where nobody else does, so many events of its look like a changed table and are waited
 * for, loudly.
 *
 * <p>Errors that are neither of the data nor of a definition, such as what a trigger raises, are
 * tried a few times before. So whoever waits does so for a bounded time.
 */
final class RefusedEvents {
  private static final Logger LOG = LoggerFactory.getLogger(RefusedEvents.class);

  /** A good event or two would do; more of them cover more of the table's columns. */
  private static final int MOST_COMPARED = 50;

  private final EventWriter writer;
  private final TableHealth health;
  private final EventWriter.Result result;

  /**
   * @param result told of dead letters, and of what is written after all
   */
  RefusedEvents(EventWriter writer, TableHealth health, EventWriter.Result result) {
    this.writer = writer;
    this.health = health;
    this.result = result;
  }

  /** Events that one table refuses for one reason. */
  private record Held(String reason, String table, List<Entry> events, SQLException failure) {}

  /**
   * Settles what {@code bisection} did not write.
   *
   * @throws SQLException where a table is not mended in time, or the database is away
   */
  void settle(Bisection<Entry> bisection) throws SQLException {
    List<Held> held = judge(bisection, false);
    long deadline = writer.retry().deadline();
    for (int attempts = 1; !held.isEmpty(); attempts++) {
      if (!TransientRetry.pause(attempts, deadline)) {
        throw failureOf(held.get(0));
      }
      writer.retry().listener().retried();
      List<Held> still = new ArrayList<>();
      for (Held group : held) {
        still.addAll(writeAgain(group, attempts));
      }
      held = still;
    }
  }

  /** Without the server's words, which quote values. */
  private static SQLException failureOf(Held held) {
    return new SQLException(
        "%s: %d events wait for the table".formatted(held.reason, held.events.size()),
        held.failure.getSQLState());
  }

  /**
   * @param lately whether the events were tried after their table was last found to take others
   */
  private List<Held> judge(Bisection<Entry> bisection, boolean lately) throws SQLException {
    bisection.tryAgain(writer.retry());
    Map<String, List<Refused<Entry>>> groups = new LinkedHashMap<>();
    for (Refused<Entry> refused : bisection.refused()) {
      groups
          .computeIfAbsent(SqlFailure.describe(refused.failure()), any -> new ArrayList<>())
          .add(refused);
    }
    List<Held> held = new ArrayList<>();
    for (Map.Entry<String, List<Refused<Entry>>> group : groups.entrySet()) {
      held.addAll(judge(group.getKey(), group.getValue(), bisection, lately));
    }
    if (!bisection.untried().isEmpty()) {
      SQLException failure = bisection.refused().get(bisection.refused().size() - 1).failure();
      held.add(hold(SqlFailure.describe(failure), TableHealth.ANY, bisection.untried(), failure));
    }
    return held;
  }

  /**
   * The events of {@code group} that wait for their table. The others become dead letters, or are
   * written after all.
   */
  private List<Held> judge(
      String reason, List<Refused<Entry>> group, Bisection<Entry> bisection, boolean lately)
      throws SQLException {
    SQLException failure = group.get(0).failure();
    Kind kind = SqlFailure.kindOf(failure);
    String table = SqlFailure.tableOf(failure).orElse(TableHealth.ANY);
    List<Entry> events = group.stream().map(Refused::item).toList();
    events.forEach(event -> health.refused(reason, event));
    boolean fewOfTheData = SqlFailure.isPermanent(failure) && !health.refusedEnough(reason, table);
    boolean poison = fewOfTheData && !refusesWhatItTook(table, events, bisection);
    if (!fewOfTheData) {
      compare(kind, table, events, bisection);
    }
    List<Entry> waiting = new ArrayList<>();
    List<Entry> suspected = new ArrayList<>();
    for (Entry entry : events) {
      if (!poison && !health.tookOthersSince(reason, entry, table)) {
        waiting.add(entry);
      } else if (isOfTheDatabase(kind) && !lately) {
        // The database may have recovered between the last try of it and the comparison.
        suspected.add(entry);
      } else {
        if (kind == Kind.TIMEOUT) {
          health.slow(entry, table);
        }
        health.settled(reason, entry);
        result.refused(entry, reason);
      }
    }
    List<Held> held = new ArrayList<>();
    if (!waiting.isEmpty()) {
      held.add(hold(reason, table, waiting, failure));
    }
    if (!suspected.isEmpty()) {
      held.addAll(bisect(suspected));
    }
    return held;
  }

  /** Whether such a failure ends by what is done to the database, or by its recovery. */
  private static boolean isOfTheDatabase(Kind kind) {
    return kind == Kind.DEFINITION || kind == Kind.TIMEOUT;
  }

  private Held hold(String reason, String table, List<Entry> events, SQLException failure) {
    Held held = new Held(reason, table, events, failure);
    warn(held);
    return held;
  }

  /** Whether the table refuses what it took before this batch, of which it took nothing. */
  private boolean refusesWhatItTook(String table, List<Entry> refused, Bisection<Entry> bisection)
      throws SQLException {
    List<Entry> witnesses = health.witnesses(table, refused);
    return goodOnes(table, bisection).isEmpty()
        && !witnesses.isEmpty()
        && !takesAny(witnesses, table);
  }

  /** Asks the table whether it takes others, and has the answer remembered. */
  private void compare(Kind kind, String table, List<Entry> refused, Bisection<Entry> bisection)
      throws SQLException {
    List<Entry> good = goodOnes(table, bisection);
    long since = health.now();
    boolean takes = false;
    if (!good.isEmpty()) {
      takes = takes(good, table);
    } else if (isOfTheDatabase(kind)) {
      // Not of errors of the data: a rule that is added to a table that has rows is one that these
      // keep. That the table takes an older event still tells nothing of so many new ones.
      takes = takesAny(health.witnesses(table, refused), table);
    }
    if (takes) {
      health.took(Set.of(table), since);
    }
  }

  private boolean takesAny(List<Entry> events, String table) throws SQLException {
    for (Entry event : events) {
      if (takes(List.of(event), table)) {
        return true;
      }
    }
    return false;
  }

  private static List<Entry> goodOnes(String table, Bisection<Entry> bisection) {
    return bisection.written().stream()
        .filter(entry -> TableHealth.writes(entry, table))
        .limit(MOST_COMPARED)
        .toList();
  }

  private boolean takes(List<Entry> events, String table) throws SQLException {
    try {
      writer.ask(events, table);
      return true;
    } catch (SQLException failure) {
      if (!SqlFailure.kindOf(failure).isOfTheStatement()) {
        throw failure;
      }
      return false;
    }
  }

  /** What the table still refuses. */
  private List<Held> writeAgain(Held held, int attempts) throws SQLException {
    if (isCommitted(held, held.events, true)) {
      return List.of();
    }
    // Where the table is mended, and one of them is poison, any other tells.
    Entry one = held.events.get(attempts % held.events.size());
    if (held.events.size() > 1 && isCommitted(held, List.of(one), false)) {
      List<Entry> others = new ArrayList<>(held.events);
      others.remove(one);
      return bisect(others);
    }
    boolean tookOthers =
        held.events.stream()
            .anyMatch(entry -> health.tookOthersSince(held.reason, entry, held.table));
    return tookOthers ? bisect(held.events) : List.of(held);
  }

  private List<Held> bisect(List<Entry> events) throws SQLException {
    Bisection<Entry> bisection = new Bisection<>(part -> writer.commit(part, result));
    bisection.write(events);
    return judge(bisection, true);
  }

  private boolean isCommitted(Held held, List<Entry> events, boolean patiently)
      throws SQLException {
    try {
      if (patiently) {
        writer.commitPatiently(events, result);
      } else {
        writer.commit(events, result);
      }
      return true;
    } catch (SQLException failure) {
      if (!SqlFailure.kindOf(failure).isOfTheStatement()) {
        throw failure;
      }
      return false;
    }
  }

  private void warn(Held held) {
    writer.retry().listener().held(held.events.size());
    String what =
        SqlFailure.columnOf(held.failure)
            .map("The column %s of the table "::formatted)
            .or(
                () ->
                    SqlFailure.constraintOf(held.failure)
                        .map("The constraint %s of the table "::formatted))
            .orElse("The table ")
            .concat(held.table.isEmpty() ? "(which one is not said)" : held.table);
    List<String> mismatches = writer.mismatches(held.table, held.failure);
    String text =
        "%s refuses every event of the batch: %s%s. Mend the table, and it goes on by itself"
            .formatted(
                what,
                held.reason,
                mismatches.isEmpty() ? "" : ": " + String.join("; ", mismatches));
    if (health.warn(held.table, held.reason, text)) {
      LOG.error(
          "{}. {} events wait, and none becomes a dead letter. If some became dead letters for this"
              + " reason before, replay them afterwards",
          text,
          held.events.size());
    }
  }
}
