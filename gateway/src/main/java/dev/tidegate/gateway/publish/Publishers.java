package dev.tidegate.gateway.publish;

import dev.tidegate.gateway.metrics.GatewayMetrics;
import java.util.Optional;

/** Opens publishers. */
public final class Publishers {
  private Publishers() {}

  /**
   * One that publishes to Pub/Sub, and keeps in {@code spool}, where there is one, what it cannot.
   */
  public static EventPublisher open(
      PubsubConfiguration pubsub, Optional<SpoolConfiguration> spool, GatewayMetrics metrics) {
    throw new UnsupportedOperationException("not written yet");
  }
}
