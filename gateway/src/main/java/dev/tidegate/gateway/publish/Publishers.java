package dev.tidegate.gateway.publish;

import dev.tidegate.gateway.observe.GatewayMetrics;
import java.time.Duration;
import java.util.Optional;

/** Opens publishers. */
public final class Publishers {
  /** Every so often one sender waits for Pub/Sub, to learn whether it is back. */
  private static final Duration PROBE_BY_SENDER = Duration.ofSeconds(1);

  /** Longer than the spool's drain waits, which finds out before any sender has to. */
  private static final Duration PROBE_BY_DRAIN = Duration.ofSeconds(10);

  /** The spool takes over soon. */
  private static final Duration ATTEMPT_BEFORE_SPOOL = Duration.ofSeconds(2);

  /** Where nothing takes over, a sender rather waits, as long as senders commonly do. */
  private static final Duration ONLY_ATTEMPT = Duration.ofSeconds(7);

  private Publishers() {}

  /**
   * One that publishes to Pub/Sub, and keeps in {@code spool}, where there is one, what it cannot.
   * What is in the spool from before is published.
   *
   * @throws IllegalStateException where Google's credentials are missing, where another process
   *     uses the spool's folder, or where it cannot be read
   */
  public static EventPublisher open(
      PubsubConfiguration pubsub, Optional<SpoolConfiguration> spool, GatewayMetrics metrics) {
    Optional<Spool> opened = spool.map(folder -> Spool.open(folder, metrics.registry()));
    try {
      return new PubsubPublisher(
          PubsubTopic.open(pubsub, opened.isPresent() ? ATTEMPT_BEFORE_SPOOL : ONLY_ATTEMPT),
          new PubsubCircuit(opened.isPresent() ? PROBE_BY_DRAIN : PROBE_BY_SENDER),
          opened);
    } catch (RuntimeException failure) {
      opened.ifPresent(Spool::close);
      throw failure;
    }
  }
}
