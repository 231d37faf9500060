package dev.tidegate.gateway.replay;

import java.time.Duration;

/**
 * The times of the scheduler.
 *
 * @param poll how often each thread looks for replays that another gateway or a request made ready
 * @param lease how long one turn of a replay may take; longer than reading and publishing a batch
 * @param publish how long the messages of a batch may take to be published
 * @param firstWait the wait after a first turn without progress; it doubles with each further one
 * @param longestWait the most that it grows to
 */
record ReplayTiming(
    Duration poll, Duration lease, Duration publish, Duration firstWait, Duration longestWait) {
  static final ReplayTiming STANDARD =
      new ReplayTiming(
          Duration.ofSeconds(2),
          Duration.ofSeconds(90),
          Duration.ofSeconds(30),
          Duration.ofSeconds(1),
          Duration.ofMinutes(1));

  /** How long to wait after {@code attempts} turns in a row made no progress. */
  Duration waitAfter(int attempts) {
    Duration wait = firstWait.multipliedBy(1L << Math.min(Math.max(attempts - 1, 0), 20));
    return wait.compareTo(longestWait) < 0 ? wait : longestWait;
  }
}
