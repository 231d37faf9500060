package dev.tidegate.local;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The pipeline's counters beside the gateway's, as {@code tidegate_pipeline_events_read_total}:
 * read when Prometheus asks, since the runner makes a counter at its first count. Until then it is
 * 0: Prometheus takes the first value that it sees for one from before, so an alert would miss it.
 */
final class PipelineMetrics implements MultiCollector {
  private final Supplier<Map<String, Long>> counters;

  PipelineMetrics(Supplier<Map<String, Long>> counters) {
    this.counters = counters;
  }

  @Override
  public MetricSnapshots collect() {
    MetricSnapshots.Builder snapshots = MetricSnapshots.builder();
    Map<String, Long> all = new TreeMap<>();
    dev.tidegate.transforms.PipelineMetrics.counters().forEach(name -> all.put(name, 0L));
    all.putAll(counters.get());
    all.forEach(
        (name, count) ->
            snapshots.metricSnapshot(
                CounterSnapshot.builder()
                    .name("tidegate_pipeline_" + name)
                    .help("The pipeline's counter %s, since its start".formatted(name))
                    .dataPoint(
                        CounterSnapshot.CounterDataPointSnapshot.builder().value(count).build())
                    .build()));
    return snapshots.build();
  }
}
