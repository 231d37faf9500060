package dev.tidegate.gateway.http;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much each tenant, caller or address may have: everyone has a bucket that fills steadily. It
 * counts for one gateway; where there are several, each lets as much in.
 */
public final class RateLimit {
  /**
   * The number of buckets. Beyond it, the caller that has been silent for longest starts again with
   * a full one.
   */
  static final int MOST_BUCKETS = 10_000;

  private final String what;
  private final int perSecond;
  private final int burst;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MOST_BUCKETS;
        }
      };

  /**
   * @param what is counted, in the plural
   * @param perSecond on average
   * @param burst at once
   */
  public RateLimit(String what, int perSecond, int burst) {
    this.what = what;
    this.perSecond = perSecond;
    this.burst = burst;
  }

  /** Counts one of {@code key}'s, and tells whether it is not one too many; then none counts. */
  public boolean tryTakeFirst(String key) {
    return bucketOf(key).tryConsume(1);
  }

  /**
   * Counts one of {@code key}'s.
   *
   * @throws ProblemException {@code TOO_MANY_REQUESTS} with the time to wait
   */
  public void take(String key) {
    take(key, 1, false);
  }

  /**
   * Counts several of {@code key}'s.
   *
   * @param isFirstCounted whether {@link #tryTakeFirst} has counted one of them
   * @throws ProblemException {@code TOO_MANY_REQUESTS} with the time until all of them may come,
   *     where they are too many now; then none is counted, the first neither: or who waits as long
   *     as told would find the bucket short again by what the last try had cost
   */
  public void take(String key, int count, boolean isFirstCounted) {
    int rest = isFirstCounted ? count - 1 : count;
    if (rest == 0) {
      return;
    }
    Bucket bucket = bucketOf(key);
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(rest);
    if (!probe.isConsumed()) {
      if (isFirstCounted) {
        bucket.addTokens(1);
      }
      throw Problem.of(
              ProblemType.TOO_MANY_REQUESTS,
              "Send at most %d %s a second, and %d at once.".formatted(perSecond, what, burst))
          .retryAfter(Duration.ofNanos(probe.getNanosToWaitForRefill()))
          .asException();
    }
  }

  private Bucket bucketOf(String key) {
    synchronized (buckets) {
      return buckets.computeIfAbsent(
          key,
          newcomer ->
              Bucket.builder()
                  .addLimit(
                      limit -> limit.capacity(burst).refillGreedy(perSecond, Duration.ofSeconds(1)))
                  .build());
    }
  }
}
