package dev.tidegate.transforms;

import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.metrics.Distribution;
import org.apache.beam.sdk.metrics.Metrics;

/** The pipeline's metrics by the names that dashboards and alerts use (DESIGN.md). */
public final class PipelineMetrics {
  /** The namespace of all of them. */
  public static final String NAMESPACE = "tidegate";

  private static final Set<String> COUNTERS = new TreeSet<>();

  public static final Counter EVENTS_READ = counter("events_read");
  public static final Counter EVENTS_UNREADABLE = counter("events_unreadable");

  /** Events that have attributes which need a stamp, and no valid stamp. */
  public static final Counter EVENTS_UNPROVED = counter("events_unproved");

  public static final Counter EVENTS_DUPLICATE = counter("events_duplicate");
  public static final Counter EVENTS_CONFLICTING = counter("events_conflicting");
  public static final Counter EVENTS_ARCHIVED = counter("events_archived");
  public static final Counter EVENTS_INVALID = counter("events_invalid");

  /** Events of tenants whose events the pipeline, or their source, does not take. */
  public static final Counter EVENTS_TENANT_MISMATCHED = counter("events_tenant_mismatched");

  /** Events with at least one fact that the tables have. */
  public static final Counter EVENTS_UPSERTED = counter("events_upserted");

  /** How often a handler was called again, because what it calls did not answer. */
  public static final Counter HANDLER_RETRIES = counter("handler_retries");

  /** How often what a handler calls was found to be away, and is asked less often since. */
  public static final Counter HANDLER_CIRCUIT_OPENED = counter("handler_circuit_opened");

  /** Events that could be stored in part only. The ledger names the part that was not. */
  public static final Counter EVENTS_WITH_WARNINGS = counter("events_with_warnings");

  /** Events of types without a handler. The ledger records them. */
  public static final Counter EVENTS_UNHANDLED = counter("events_unhandled");

  /** Events that the tables had newer values for, in all of their facts. */
  public static final Counter EVENTS_STALE = counter("events_stale");

  /** Events that the ledger had before: repeats from beyond the dedupe window. */
  public static final Counter EVENTS_REPEATED = counter("events_repeated");

  public static final Counter EVENTS_DEAD_LETTERED = counter("events_dead_lettered");

  /** Dead letters that PostgreSQL refused for good. The archive has them. */
  public static final Counter DEAD_LETTERS_REFUSED = counter("dead_letters_refused");

  public static final Counter DEAD_LETTERS_ARCHIVED = counter("dead_letters_archived");
  public static final Counter OUTCOMES_ARCHIVED = counter("outcomes_archived");

  /** Rows that the archive refused for good. */
  public static final Counter ARCHIVE_ROWS_REFUSED = counter("archive_rows_refused");

  /** How often a write to the file archive was repeated, because the disk refused it. */
  public static final Counter ARCHIVE_RETRIES = counter("archive_retries");

  /** Events that a replay published, or handed to the sinks. */
  public static final Counter EVENTS_REPLAYED = counter("events_replayed");

  /** Events that a replay's filters let through. */
  public static final Counter EVENTS_SELECTED = counter("events_selected");

  /** Lines of the archive's files that hold no event, because the files were damaged. */
  public static final Counter ARCHIVE_LINES_UNREADABLE = counter("archive_lines_unreadable");

  /** Events that a replay did not publish, because Pub/Sub would refuse them for their size. */
  public static final Counter EVENTS_TOO_LARGE = counter("events_too_large");

  public static final Counter POISON_ROWS = counter("poison_rows");
  public static final Counter LEDGER_ROWS_DELETED = counter("ledger_rows_deleted");
  public static final Counter LEDGER_PARTITIONS_DROPPED = counter("ledger_partitions_dropped");
  public static final Counter SQL_BATCHES = counter("sql_batches");
  public static final Counter SQL_RETRIES = counter("sql_retries");

  /** How often a worker found the database unreachable, and began to try less often. */
  public static final Counter SQL_CIRCUIT_OPENED = counter("sql_circuit_opened");

  /** Events that began to wait for a table that refuses every row. */
  public static final Counter EVENTS_HELD = counter("events_held");

  public static final Distribution SQL_BATCH_SIZE = distribution("sql_batch_size");
  public static final Distribution SQL_BATCH_MILLIS = distribution("sql_batch_millis");
  public static final Distribution END_TO_END_LATENCY_MILLIS =
      distribution("end_to_end_latency_millis");

  private static final LongAdder RETRIES = new LongAdder();
  private static final LongAdder CIRCUIT_OPENINGS = new LongAdder();
  private static final LongAdder HELD = new LongAdder();

  /**
   * Remembers failed transactions until {@link #countSqlFailures}. A bundle that fails loses what
   * it counted, so failures cannot be counted in it.
   */
  static final TransientRetry.Listener SQL_LISTENER =
      new TransientRetry.Listener() {
        @Override
        public void retried() {
          RETRIES.increment();
        }

        @Override
        public void circuitOpened() {
          CIRCUIT_OPENINGS.increment();
        }

        @Override
        public void held(int events) {
          HELD.add(events);
        }
      };

  private PipelineMetrics() {}

  /** The names of all counters. A runner knows of a counter only once something was counted. */
  public static Set<String> counters() {
    return Collections.unmodifiableSet(COUNTERS);
  }

  /**
   * Counts the failures of this worker since the last bundle that succeeded, in one that succeeds.
   */
  static void countSqlFailures() {
    SQL_RETRIES.inc(RETRIES.sumThenReset());
    SQL_CIRCUIT_OPENED.inc(CIRCUIT_OPENINGS.sumThenReset());
    EVENTS_HELD.inc(HELD.sumThenReset());
  }

  /** The counter of events with this outcome. */
  static Counter of(EventOutcome.Status outcome) {
    return switch (outcome) {
      case APPLIED -> EVENTS_UPSERTED;
      case STALE -> EVENTS_STALE;
      case DUPLICATE -> EVENTS_REPEATED;
      case UNHANDLED -> EVENTS_UNHANDLED;
      // Counted elsewhere.
      case DEAD_LETTER, REPEATED, DISCARDED ->
          throw new IllegalArgumentException("not committed: " + outcome);
    };
  }

  private static Counter counter(String name) {
    COUNTERS.add(name);
    return Metrics.counter(NAMESPACE, name);
  }

  private static Distribution distribution(String name) {
    return Metrics.distribution(NAMESPACE, name);
  }
}
