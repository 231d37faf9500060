package dev.tidegate.transforms;

import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.metrics.Distribution;
import org.apache.beam.sdk.metrics.Metrics;

/** The pipeline's metrics by the names that dashboards and alerts use (DESIGN.md). */
public final class PipelineMetrics {
  /** The namespace of all of them. */
  public static final String NAMESPACE = "tidegate";

  public static final Counter EVENTS_READ = counter("events_read");
  public static final Counter EVENTS_UNREADABLE = counter("events_unreadable");
  public static final Counter EVENTS_DUPLICATE = counter("events_duplicate");
  public static final Counter EVENTS_CONFLICTING = counter("events_conflicting");
  public static final Counter EVENTS_ARCHIVED = counter("events_archived");
  public static final Counter EVENTS_INVALID = counter("events_invalid");
  public static final Counter EVENTS_UNHANDLED = counter("events_unhandled");
  public static final Counter EVENTS_UPSERTED = counter("events_upserted");
  public static final Counter EVENTS_DEAD_LETTERED = counter("events_dead_lettered");
  public static final Counter DEAD_LETTERS_ARCHIVED = counter("dead_letters_archived");
  public static final Counter POISON_ROWS = counter("poison_rows");
  public static final Counter LEDGER_ROWS_DELETED = counter("ledger_rows_deleted");
  public static final Counter LEDGER_PARTITIONS_DROPPED = counter("ledger_partitions_dropped");
  public static final Counter SQL_BATCHES = counter("sql_batches");
  public static final Counter SQL_RETRIES = counter("sql_retries");
  public static final Distribution SQL_BATCH_SIZE = distribution("sql_batch_size");
  public static final Distribution SQL_BATCH_MILLIS = distribution("sql_batch_millis");
  public static final Distribution END_TO_END_LATENCY_MILLIS =
      distribution("end_to_end_latency_millis");

  private PipelineMetrics() {}

  private static Counter counter(String name) {
    return Metrics.counter(NAMESPACE, name);
  }

  private static Distribution distribution(String name) {
    return Metrics.distribution(NAMESPACE, name);
  }
}
