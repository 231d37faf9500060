package dev.tidegate.gateway.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What the gateway counts, in Prometheus' format. Labels are bounded sets, never IDs. */
public final class GatewayMetrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final Map<String, Counter> accepted = new ConcurrentHashMap<>();
  private final Map<RejectionReason, Counter> rejected = new ConcurrentHashMap<>();

  /** For meters of a part's own: {@code tidegate_spool_messages}, for example. */
  public PrometheusMeterRegistry registry() {
    return registry;
  }

  /**
   * Counts in {@code tidegate_events_accepted_total}.
   *
   * @param source of configuration or, for application events, one name for all
   */
  public void accepted(String source) {
    accepted
        .computeIfAbsent(
            source,
            name ->
                Counter.builder("tidegate.events.accepted")
                    .description("Events that were accepted")
                    .tag("source", name)
                    .register(registry))
        .increment();
  }

  /** Counts in {@code tidegate_events_rejected_total}. */
  public void rejected(RejectionReason reason) {
    rejected
        .computeIfAbsent(
            reason,
            known ->
                Counter.builder("tidegate.events.rejected")
                    .description("Events that were not accepted")
                    .tag("reason", known.label())
                    .register(registry))
        .increment();
  }
}
