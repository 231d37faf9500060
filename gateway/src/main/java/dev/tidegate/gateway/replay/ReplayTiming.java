package dev.tidegate.gateway.replay;

import java.time.Duration;

/**
 * How replays are looked after.
 *
 * @param poll how often a gateway looks for replays that nobody works on
 * @param lease for how long a gateway that says nothing more is taken to be at work; longer than a
 *     batch can last
 * @param publish how long a message may take to be published
 * @param firstWait after publishing has failed; doubled for each further time
 * @param longestWait what it grows to
 */
record ReplayTiming(
    Duration poll, Duration lease, Duration publish, Duration firstWait, Duration longestWait) {
  static final ReplayTiming STANDARD =
      new ReplayTiming(
          Duration.ofSeconds(1),
          Duration.ofSeconds(90),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofMinutes(1));

  /** How long to wait after publishing failed {@code failures} times in a row. */
  Duration waitAfter(int failures) {
    Duration wait = firstWait.multipliedBy(1L << Math.min(Math.max(failures - 1, 0), 20));
    return wait.compareTo(longestWait) < 0 ? wait : longestWait;
  }
}
