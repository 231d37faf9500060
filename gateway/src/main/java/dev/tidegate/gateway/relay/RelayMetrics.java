package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.relay.RelayPublisher.Result;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** What a relay counts: {@code tidegate_relay_…}. */
final class RelayMetrics {
  /**
   * The state of a table.
   *
   * @param waiting rows that may be published, or wait for a refused one of their aggregate
   * @param lag for how long the oldest of them has waited
   * @param refused rows that are refused for good
   */
  record Backlog(long waiting, Duration lag, long refused) {
    static final Backlog NONE = new Backlog(0, Duration.ZERO, 0);
  }

  private record OfTable(Counter published, Counter refused, Timer latency) {}

  private final MeterRegistry registry;
  private final Map<String, OfTable> tables = new ConcurrentHashMap<>();
  private final Map<String, Backlog> backlogs = new ConcurrentHashMap<>();
  private final Timer deadlines;

  RelayMetrics(MeterRegistry registry) {
    this.registry = registry;
    deadlines =
        Timer.builder("tidegate.relay.deadline.lateness")
            .description("How late deadlines of sagas became events")
            .publishPercentiles(0.5, 0.99)
            .register(registry);
  }

  /** Counts the results for a turn's rows. */
  void count(String table, Result result) {
    if (result.published().isEmpty() && result.refused().isEmpty()) {
      return;
    }
    OfTable meters = tables.computeIfAbsent(table, this::register);
    meters.published.increment(result.published().size());
    meters.refused.increment(result.refused().size());
    Instant now = Instant.now();
    result
        .published()
        .forEach(row -> meters.latency.record(positive(Duration.between(row.createdAt(), now))));
  }

  private OfTable register(String table) {
    return new OfTable(
        Counter.builder("tidegate.relay.published")
            .description("Rows that Pub/Sub has taken")
            .tag("table", table)
            .register(registry),
        Counter.builder("tidegate.relay.refused")
            .description("How often Pub/Sub has refused a row for good")
            .tag("table", table)
            .register(registry),
        Timer.builder("tidegate.relay.latency")
            .description("From when a row was written until Pub/Sub had it")
            .tag("table", table)
            .publishPercentiles(0.5, 0.99)
            .register(registry));
  }

  /** Tells how much waits in {@code table}. */
  void backlog(String table, Backlog backlog) {
    if (backlogs.put(table, backlog) == null) {
      tables.computeIfAbsent(table, this::register);
      Gauge.builder("tidegate.relay.waiting", backlogs, all -> all.get(table).waiting())
          .description("Rows that wait to be published")
          .tag("table", table)
          .register(registry);
      Gauge.builder("tidegate.relay.lag", backlogs, all -> all.get(table).lag().toMillis() / 1000.0)
          .description("For how long the oldest row has waited")
          .baseUnit("seconds")
          .tag("table", table)
          .register(registry);
    }
  }

  /** The last that was told of {@code table}. */
  Backlog backlog(String table) {
    return backlogs.getOrDefault(table, Backlog.NONE);
  }

  /** Counts a deadline that has become an event. */
  void deadline(Duration lateness) {
    deadlines.record(positive(lateness));
  }

  private static Duration positive(Duration duration) {
    return duration.isNegative() ? Duration.ZERO : duration;
  }
}
