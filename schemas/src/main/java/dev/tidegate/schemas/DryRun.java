package dev.tidegate.schemas;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;

/**
 * What a replay of events would do to the tables, with the handlers that are loaded now. The events
 * are written to scratch tables that are like the live ones, and the two are compared. The live
 * tables are read only. A handler that calls another system is called, once for each event.
 */
public interface DryRun {
  /** The number of events by default. */
  int STANDARD_LIMIT = 10_000;

  /** The largest number of events. */
  int MOST_LIMIT = 100_000;

  /** The most rows of a table that are shown. */
  int MOST_ROWS = 100;

  /** The most kinds of failures, and of effects, that are shown. */
  int MOST_KINDS = 100;

  /** Learns how far a dry run is, and can end it. */
  @FunctionalInterface
  interface Progress {
    /**
     * @param done how many events are done with
     * @return whether it may go on
     */
    boolean done(long done);
  }

  /** What a replay would do to a row or a column. */
  enum Change {
    /** The table has no such row. */
    ADDED,
    /** A replay would write it: the live value is older, or there is none. */
    CHANGED,
    /** It differs under the same version: only a rebuild of the table would write it. */
    REBUILD
  }

  /**
   * What came of it.
   *
   * @param succeeded how many events the handlers and the database took
   * @param failed how many of them would be dead letters
   * @param failures why, the most frequent reasons first
   * @param effects what the events cause besides rows; none of it was issued
   * @param tables the tables that the events write
   */
  record Result(
      long succeeded,
      long failed,
      List<Failure> failures,
      List<EffectCount> effects,
      List<TableDifference> tables) {
    /** How many rows are not as the events say: added, changed, or to be rebuilt. */
    public long differences() {
      return tables.stream()
          .mapToLong(table -> table.rowsAdded() + table.rowsChanged() + table.rowsOnlyRebuild())
          .sum();
    }
  }

  /**
   * Events that fail for one reason.
   *
   * @param sample one of them
   */
  record Failure(
      String stage,
      ErrorClass errorClass,
      String message,
      String fingerprint,
      long events,
      Sample sample) {}

  /** An event, as the ledger names it. */
  record Sample(String tenant, String source, String notificationId) {}

  /**
   * Effects of one kind and type.
   *
   * @param events how many events cause them
   * @param effects how many there are
   * @param issued how many of them have been issued before
   */
  record EffectCount(String kind, String type, long events, long effects, long issued) {}

  /**
   * What differs in a table.
   *
   * @param rowsOnlyRebuild rows in which a replay would write nothing, and a rebuild would
   * @param rows some of the rows that differ
   */
  record TableDifference(
      String table,
      long rowsAdded,
      long rowsChanged,
      long rowsSame,
      long rowsOnlyRebuild,
      List<RowDifference> rows) {}

  /**
   * A row that differs.
   *
   * @param key the key's columns
   */
  record RowDifference(
      SortedMap<String, String> key, Change change, List<ColumnDifference> columns) {}

  /**
   * A column that differs.
   *
   * @param before the live value; a long one is cut
   * @param after what it would be
   */
  @JsonInclude(JsonInclude.Include.ALWAYS)
  record ColumnDifference(String name, Change change, JsonNode before, JsonNode after) {}

  /** A dry run that cannot be made, in words that say what to do. */
  final class ImpossibleException extends Exception {
    private static final long serialVersionUID = 1L;

    public ImpossibleException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Runs {@code events}. When it returns or throws, everything that it made in the database is
   * gone.
   *
   * @param events in any order, ready to be replayed
   * @param progress asked after each batch
   * @throws ImpossibleException where it cannot be done: the database is away, or its user may not
   *     create schemas
   * @throws java.util.concurrent.CancellationException where {@code progress} has ended it
   */
  Result run(Iterator<RawEvent> events, Progress progress) throws ImpossibleException;
}
