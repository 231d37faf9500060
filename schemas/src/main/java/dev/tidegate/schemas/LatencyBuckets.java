package dev.tidegate.schemas;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The buckets of latencies that {@code event_rollups} counts events in: a column for each. */
public final class LatencyBuckets {
  /** Where they end, in milliseconds; one more takes the rest. */
  public static final List<Integer> BOUNDS =
      List.of(10, 25, 50, 75, 100, 150, 250, 500, 1000, 2500, 5000, 10000, 60000);

  /** Their columns, in the table's order. */
  public static final List<String> COLUMNS =
      Stream.concat(BOUNDS.stream().map(bound -> "le_" + bound), Stream.of("le_infinity")).toList();

  private LatencyBuckets() {}

  /** The place in {@link #COLUMNS} of the bucket of a latency. */
  public static int of(long millis) {
    return IntStream.range(0, BOUNDS.size())
        .filter(bucket -> millis <= BOUNDS.get(bucket))
        .findFirst()
        .orElse(BOUNDS.size());
  }
}
