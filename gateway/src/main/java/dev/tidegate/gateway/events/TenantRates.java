package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much tenants may send: each has a bucket of its own, of {@link EventLimits#burst} events,
 * which fills by {@link EventLimits#eventsPerSecond}. It counts for one gateway; where there are
 * several, each lets as much in.
 */
final class TenantRates {
  /** Of buckets. Beyond it the tenant that has sent nothing for longest starts with a full one. */
  private static final int MOST_TENANTS = 10_000;

  private final EventLimits limits;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MOST_TENANTS;
        }
      };

  TenantRates(EventLimits limits) {
    this.limits = limits;
  }

  /**
   * Counts {@code events} of {@code tenant}.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code TOO_MANY_REQUESTS} with the time to
   *     wait where they are too many now; then none is counted
   */
  void take(String tenant, int events) {
    ConsumptionProbe probe = bucketOf(tenant).tryConsumeAndReturnRemaining(events);
    if (!probe.isConsumed()) {
      throw Problem.of(
              ProblemType.TOO_MANY_REQUESTS,
              "Send at most %d events a second, and %d at once."
                  .formatted(limits.eventsPerSecond(), limits.burst()))
          .retryAfter(Duration.ofNanos(probe.getNanosToWaitForRefill()))
          .asException();
    }
  }

  private Bucket bucketOf(String tenant) {
    synchronized (buckets) {
      return buckets.computeIfAbsent(tenant, newcomer -> newBucket());
    }
  }

  private Bucket newBucket() {
    return Bucket.builder()
        .addLimit(
            limit ->
                limit
                    .capacity(limits.burst())
                    .refillGreedy(limits.eventsPerSecond(), Duration.ofSeconds(1)))
        .build();
  }
}
