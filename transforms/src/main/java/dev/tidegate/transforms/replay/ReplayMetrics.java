package dev.tidegate.transforms.replay;

import dev.tidegate.transforms.PipelineMetrics;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.metrics.Metrics;

/** What a replay counts besides {@link PipelineMetrics#EVENTS_REPLAYED}. */
public final class ReplayMetrics {
  /** Events that the replay's filters let through. */
  public static final Counter EVENTS_SELECTED = counter("events_selected");

  /** Lines of the archive's files that hold no event: the files were damaged. */
  public static final Counter ARCHIVE_LINES_UNREADABLE = counter("archive_lines_unreadable");

  /** Events that Pub/Sub would refuse for their size. */
  public static final Counter EVENTS_TOO_LARGE = counter("events_too_large");

  private ReplayMetrics() {}

  private static Counter counter(String name) {
    return Metrics.counter(PipelineMetrics.NAMESPACE, name);
  }
}
