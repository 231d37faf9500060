package dev.tidegate.gateway.relay;

import java.time.Duration;

/**
 * How long a relay waits for what.
 *
 * @param poll how often it looks for rows where no notification tells of them
 * @param publish how long a turn publishes, at most
 * @param idleInTransaction after so long PostgreSQL ends the session of a relay that does not go
 *     on, so that another one can: well above {@code publish}
 */
record RelayTiming(Duration poll, Duration publish, Duration idleInTransaction) {
  static final RelayTiming STANDARD =
      new RelayTiming(Duration.ofSeconds(1), Duration.ofSeconds(10), Duration.ofSeconds(30));

  RelayTiming {
    if (publish.multipliedBy(2).compareTo(idleInTransaction) > 0) {
      throw new IllegalArgumentException("a turn could outlive its session");
    }
  }

  /** How long Pub/Sub may take for a call: calls are begun for as long, too. */
  Duration call() {
    return publish.dividedBy(2);
  }
}
