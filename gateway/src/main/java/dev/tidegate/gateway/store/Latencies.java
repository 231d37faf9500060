package dev.tidegate.gateway.store;

import dev.tidegate.schemas.LatencyBuckets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How long events took, in milliseconds: as exact as the buckets of {@code event_rollups} are wide.
 */
public record Latencies(Optional<Double> p50, Optional<Double> p95, Optional<Double> p99) {
  /** Of nothing. */
  public static final Latencies NONE =
      new Latencies(Optional.empty(), Optional.empty(), Optional.empty());

  /** The buckets of all rows, as one array. */
  public static String sums() {
    return LatencyBuckets.COLUMNS.stream()
        .map("sum(%s)::bigint"::formatted)
        .collect(Collectors.joining(", ", "ARRAY[", "]"));
  }

  /** Of the events in those buckets. */
  public static Latencies of(List<Long> buckets) {
    return of(buckets.stream().mapToLong(Long::longValue).toArray());
  }

  /** Of the events in those buckets. */
  static Latencies of(long[] buckets) {
    long events = Arrays.stream(buckets).sum();
    return events == 0
        ? NONE
        : new Latencies(
            Optional.of(quantile(buckets, 0.5 * events)),
            Optional.of(quantile(buckets, 0.95 * events)),
            Optional.of(quantile(buckets, 0.99 * events)));
  }

  /** Within a bucket the events count as evenly spread. */
  private static double quantile(long[] buckets, double rank) {
    long before = 0;
    for (int i = 0; i < LatencyBuckets.BOUNDS.size(); i++) {
      if (buckets[i] > 0 && before + buckets[i] >= rank) {
        int from = i == 0 ? 0 : LatencyBuckets.BOUNDS.get(i - 1);
        double within = from + (LatencyBuckets.BOUNDS.get(i) - from) * (rank - before) / buckets[i];
        return Math.round(within * 10) / 10.0;
      }
      before += buckets[i];
    }
    return LatencyBuckets.BOUNDS.get(LatencyBuckets.BOUNDS.size() - 1);
  }
}
