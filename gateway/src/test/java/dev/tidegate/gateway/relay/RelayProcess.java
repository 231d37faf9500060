package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.testing.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A relay as a process of its own, which does not wait long for anything. */
final class RelayProcess {
  private static final RelayTiming QUICK =
      new RelayTiming(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(2));

  private RelayProcess() {}

  /**
   * Runs until it is killed.
   *
   * @param arguments JDBC URL, and Pub/Sub's endpoint
   */
  public static void main(String[] arguments) throws InterruptedException {
    var unused =
        Relay.start(
            RelayConfiguration.STANDARD,
            new DatabaseConfiguration(arguments[0], TestDatabase.USERNAME, Optional.empty(), 1),
            new PubsubConfiguration("local-dev", "events", Optional.of(arguments[1])),
            Optional.empty(),
            new SimpleMeterRegistry(),
            QUICK);
    new CountDownLatch(1).await();
  }
}
