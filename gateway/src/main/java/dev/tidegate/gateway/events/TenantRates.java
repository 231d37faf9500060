package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
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
   * Counts a request of {@code tenant}: the one event that it has at least.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code TOO_MANY_REQUESTS} with the time to
   *     wait where it is one too many now
   */
  void takeRequest(String tenant) {
    ConsumptionProbe probe = bucketOf(tenant).tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      throw tooMany(probe);
    }
  }

  /**
   * Counts the events of a request beyond its first, which was counted.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code TOO_MANY_REQUESTS} where they are too
   *     many now; then none is counted, the first neither: or who waits as long as told would find
   *     the bucket short again by what the last try had cost
   */
  void takeRest(String tenant, int events) {
    Bucket bucket = bucketOf(tenant);
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(events);
    if (!probe.isConsumed()) {
      bucket.addTokens(1);
      throw tooMany(probe);
    }
  }

  private ProblemException tooMany(ConsumptionProbe probe) {
    return Problem.of(
            ProblemType.TOO_MANY_REQUESTS,
            "Send at most %d events a second, and %d at once."
                .formatted(limits.eventsPerSecond(), limits.burst()))
        .retryAfter(Duration.ofNanos(probe.getNanosToWaitForRefill()))
        .asException();
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
