package dev.tidegate.transforms;

import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.util.concurrent.atomic.LongAdder;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.metrics.Distribution;
import org.apache.beam.sdk.metrics.Metrics;

/** The pipeline's metrics by the names that dashboards and alerts use (DESIGN.md). */
public final class PipelineMetrics {
  /** The namespace of all of them. */
  public static final String NAMESPACE = "tidegate";

  public static final Counter EVENTS_READ = counter("events_read");
  public static final Counter EVENTS_UNREADABLE = counter("events_unreadable");

  /** Events whose attributes claimed what needs a stamp, and had none that is valid. */
  public static final Counter EVENTS_UNPROVED = counter("events_unproved");

  public static final Counter EVENTS_DUPLICATE = counter("events_duplicate");
  public static final Counter EVENTS_CONFLICTING = counter("events_conflicting");
  public static final Counter EVENTS_ARCHIVED = counter("events_archived");
  public static final Counter EVENTS_INVALID = counter("events_invalid");

  /** Events something of which stands in the tables. */
  public static final Counter EVENTS_UPSERTED = counter("events_upserted");

  /** Events part of which could not be stored: the rest was, and the ledger names the part. */
  public static final Counter EVENTS_WITH_WARNINGS = counter("events_with_warnings");

  /** Events of types nobody handles, recorded in the ledger. */
  public static final Counter EVENTS_UNHANDLED = counter("events_unhandled");

  /** Events of which the tables knew something newer throughout. */
  public static final Counter EVENTS_STALE = counter("events_stale");

  /** Events that the ledger had before: repeats from beyond the dedupe window. */
  public static final Counter EVENTS_REPEATED = counter("events_repeated");

  public static final Counter EVENTS_DEAD_LETTERED = counter("events_dead_lettered");

  /** Dead letters that PostgreSQL refused for good: the archive has them. */
  public static final Counter DEAD_LETTERS_REFUSED = counter("dead_letters_refused");

  public static final Counter DEAD_LETTERS_ARCHIVED = counter("dead_letters_archived");
  public static final Counter OUTCOMES_ARCHIVED = counter("outcomes_archived");

  /** Rows that the archive refused for good. */
  public static final Counter ARCHIVE_ROWS_REFUSED = counter("archive_rows_refused");

  /** How often something was written to the file archive again, because its disk refused it. */
  public static final Counter ARCHIVE_RETRIES = counter("archive_retries");

  /** Events that a replay published, or handed to the sinks. */
  public static final Counter EVENTS_REPLAYED = counter("events_replayed");

  public static final Counter POISON_ROWS = counter("poison_rows");
  public static final Counter LEDGER_ROWS_DELETED = counter("ledger_rows_deleted");
  public static final Counter LEDGER_PARTITIONS_DROPPED = counter("ledger_partitions_dropped");
  public static final Counter SQL_BATCHES = counter("sql_batches");
  public static final Counter SQL_RETRIES = counter("sql_retries");

  /** How often a worker found the database away, and began to ask it seldom. */
  public static final Counter SQL_CIRCUIT_OPENED = counter("sql_circuit_opened");

  /** Events that began to wait for a table that refuses all that is written to it. */
  public static final Counter EVENTS_HELD = counter("events_held");

  public static final Distribution SQL_BATCH_SIZE = distribution("sql_batch_size");
  public static final Distribution SQL_BATCH_MILLIS = distribution("sql_batch_millis");
  public static final Distribution END_TO_END_LATENCY_MILLIS =
      distribution("end_to_end_latency_millis");

  private static final LongAdder RETRIES = new LongAdder();
  private static final LongAdder CIRCUIT_OPENINGS = new LongAdder();
  private static final LongAdder HELD = new LongAdder();

  /**
   * Remembers what happens to transactions until {@link #countSqlFailures}: what a bundle counts is
   * thrown away with it when it fails, and these are failures.
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

  /** Counts, in a bundle that goes well, what went wrong on this worker since the last one. */
  static void countSqlFailures() {
    SQL_RETRIES.inc(RETRIES.sumThenReset());
    SQL_CIRCUIT_OPENED.inc(CIRCUIT_OPENINGS.sumThenReset());
    EVENTS_HELD.inc(HELD.sumThenReset());
  }

  /** The counter of events that were committed so. */
  static Counter of(EventOutcome.Status outcome) {
    return switch (outcome) {
      case APPLIED -> EVENTS_UPSERTED;
      case STALE -> EVENTS_STALE;
      case DUPLICATE -> EVENTS_REPEATED;
      case UNHANDLED -> EVENTS_UNHANDLED;
      // Counted when they are kept.
      case DEAD_LETTER -> throw new IllegalArgumentException("a dead letter is not committed");
    };
  }

  private static Counter counter(String name) {
    return Metrics.counter(NAMESPACE, name);
  }

  private static Distribution distribution(String name) {
    return Metrics.distribution(NAMESPACE, name);
  }
}
