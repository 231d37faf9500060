package dev.tidegate.gateway.events;

import com.google.common.cache.CacheBuilder;
import com.google.common.cache.CacheLoader;
import com.google.common.cache.LoadingCache;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;

/**
 * How much tenants may send: each has a bucket of its own, of {@link EventLimits#burst} events,
 * which fills by {@link EventLimits#eventsPerSecond}. It counts for one gateway; where there are
 * several, each lets as much in.
 */
final class TenantRates {
  /** Of buckets. Beyond it the tenant that has sent nothing for longest starts with a full one. */
  private static final int MOST_TENANTS = 10_000;

  private final EventLimits limits;
  private final LoadingCache<String, Bucket> buckets =
      CacheBuilder.newBuilder().maximumSize(MOST_TENANTS).build(CacheLoader.from(this::newBucket));

  TenantRates(EventLimits limits) {
    this.limits = limits;
  }

  /**
   * Counts the one event that a request of {@code tenant} has at least, if it is not one too many
   * now.
   *
   * @return whether it was counted
   */
  boolean tryTakeFirst(String tenant) {
    return buckets.getUnchecked(tenant).tryConsume(1);
  }

  /**
   * Counts the events of a request.
   *
   * @param events how many it has
   * @param isFirstCounted whether {@link #tryTakeFirst} has counted one of them
   * @throws dev.tidegate.gateway.http.ProblemException {@code TOO_MANY_REQUESTS} with the time
   *     until all of them may come, where they are too many now; then none is counted, the first
   *     neither: or who waits as long as told would find the bucket short again by what the last
   *     try had cost
   */
  void take(String tenant, int events, boolean isFirstCounted) {
    int rest = isFirstCounted ? events - 1 : events;
    if (rest == 0) {
      return;
    }
    Bucket bucket = buckets.getUnchecked(tenant);
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(rest);
    if (!probe.isConsumed()) {
      if (isFirstCounted) {
        bucket.addTokens(1);
      }
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
