package dev.tidegate.gateway.publish;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Makes events durable. */
public interface EventPublisher extends AutoCloseable {
  /**
   * Publishes {@code event}, or keeps it to be published later. Never blocks.
   *
   * @return how it was made durable; or failed with a {@link
   *     dev.tidegate.gateway.http.ProblemException}: {@code UNAVAILABLE} with a time to wait where
   *     neither is possible now
   */
  CompletableFuture<Acceptance> publish(OutgoingEvent event);

  /**
   * Publishes {@code event} and never spools it: for a caller that keeps the event and can publish
   * it again. Never blocks.
   *
   * @return the message's ID once Pub/Sub has the event; or failed with a {@link PublishException}
   */
  CompletableFuture<String> publishNow(OutgoingEvent event);

  /** Whether what Pub/Sub does not take now is kept, to be published later. */
  default boolean canSpool() {
    return false;
  }

  /**
   * Why it takes no events now, in one sentence; empty if it does, as far as the last ones tell.
   */
  default Optional<String> problem() {
    return Optional.empty();
  }

  /**
   * Finishes events that are being published, as far as a few seconds allow; the rest stays in the
   * spool.
   */
  @Override
  void close();
}
