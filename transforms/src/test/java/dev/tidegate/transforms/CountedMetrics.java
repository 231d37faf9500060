package dev.tidegate.transforms;

import java.util.Map;
import java.util.TreeMap;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.metrics.MetricNameFilter;
import org.apache.beam.sdk.metrics.MetricsFilter;

/** What a pipeline counted. */
public final class CountedMetrics {
  private CountedMetrics() {}

  /** Tidegate's counters by name, summed over all steps; one that no step touched is absent. */
  public static Map<String, Long> of(PipelineResult result) {
    Map<String, Long> counters = new TreeMap<>();
    result
        .metrics()
        .queryMetrics(
            MetricsFilter.builder()
                .addNameFilter(MetricNameFilter.inNamespace(PipelineMetrics.NAMESPACE))
                .build())
        .getCounters()
        .forEach(
            counter ->
                // The DirectRunner may end before it has added up what was attempted.
                counters.merge(counter.getName().getName(), counter.getCommitted(), Long::sum));
    return counters;
  }
}
