package dev.tidegate.local;

import dev.tidegate.pubsub.Backlog;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * The pipeline's counters beside the gateway's, as {@code tidegate_pipeline_events_read_total}:
 * read when Prometheus asks, since the runner makes a counter at its first count. Until then it is
 * 0: Prometheus takes the first value that it sees for one from before, so an alert would miss it.
 * With them is what waits for the pipeline in the embedded Pub/Sub.
 */
final class PipelineMetrics implements MultiCollector {
  private final Supplier<Map<String, Long>> counters;
  private final Supplier<Optional<Backlog>> backlog;

  PipelineMetrics(Supplier<Map<String, Long>> counters, Supplier<Optional<Backlog>> backlog) {
    this.counters = counters;
    this.backlog = backlog;
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
    backlog
        .get()
        .ifPresent(
            waiting ->
                snapshots
                    .metricSnapshot(
                        gauge(
                            "tidegate_pipeline_waiting",
                            "Messages that wait for the pipeline",
                            waiting.undelivered()))
                    .metricSnapshot(
                        gauge(
                            "tidegate_pipeline_oldest_seconds",
                            "For how long the oldest that is not acknowledged has been published",
                            waiting.oldestPublishTime().map(PipelineMetrics::age).orElse(0.0))));
    return snapshots.build();
  }

  private static double age(Instant time) {
    return Math.max(0, Duration.between(time, Instant.now()).toMillis() / 1000.0);
  }

  private static GaugeSnapshot gauge(String name, String help, double value) {
    return GaugeSnapshot.builder()
        .name(name)
        .help(help)
        .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
        .build();
  }
}
