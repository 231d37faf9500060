package dev.tidegate.gateway.api;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How fast the pipeline's counters grow: between a reading of about a minute before and now. The
 * readings are those that were taken when somebody asked.
 */
final class CounterRates {
  private static final Duration SHORTEST = Duration.ofSeconds(3);
  private static final Duration LONGEST = Duration.ofSeconds(90);
  private static final Duration WANTED = Duration.ofSeconds(60);

  /** What the counters were. */
  private record Reading(Instant at, Map<String, Long> counters) {}

  private final Supplier<Map<String, Long>> counters;
  private final Deque<Reading> readings = new ArrayDeque<>();

  CounterRates(Supplier<Map<String, Long>> counters) {
    this.counters = counters;
  }

  /** By how much each counter grows in a second; empty until there are two readings. */
  synchronized Optional<Function> read(Instant now) {
    Reading latest = new Reading(now, counters.get());
    while (!readings.isEmpty()
        && Duration.between(readings.getFirst().at(), now).compareTo(LONGEST) > 0) {
      readings.removeFirst();
    }
    Optional<Reading> before =
        readings.stream()
            .filter(each -> Duration.between(each.at(), now).compareTo(SHORTEST) >= 0)
            .filter(each -> isAfter(each, latest))
            .min((one, other) -> distance(one.at(), now).compareTo(distance(other.at(), now)));
    if (readings.isEmpty()
        || Duration.between(readings.getLast().at(), now).compareTo(Duration.ofSeconds(1)) >= 0) {
      readings.addLast(latest);
    }
    return before.map(
        earlier ->
            name -> {
              double seconds = Duration.between(earlier.at(), now).toMillis() / 1000.0;
              long grown =
                  latest.counters().getOrDefault(name, 0L)
                      - earlier.counters().getOrDefault(name, 0L);
              return Math.max(0, grown) / seconds;
            });
  }

  /** The rate of a counter. */
  @FunctionalInterface
  interface Function {
    double of(String counter);
  }

  private static Duration distance(Instant at, Instant now) {
    return Duration.between(at, now).minus(WANTED).abs();
  }

  /** After a start of the pipeline the counters begin again. */
  private static boolean isAfter(Reading earlier, Reading latest) {
    return earlier.counters().entrySet().stream()
        .allMatch(each -> latest.counters().getOrDefault(each.getKey(), 0L) >= each.getValue());
  }
}
