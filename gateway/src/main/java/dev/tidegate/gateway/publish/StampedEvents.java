package dev.tidegate.gateway.publish;

import dev.tidegate.schemas.MessageStamp;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Stamps every event before it is published or spooled: by its stamp the pipeline knows that the
 * gateway made the message, and believes when the event was received, and that it is a replay.
 */
public final class StampedEvents implements EventPublisher {
  private final EventPublisher publisher;
  private final MessageStamp stamp;

  public StampedEvents(EventPublisher publisher, MessageStamp stamp) {
    this.publisher = publisher;
    this.stamp = stamp;
  }

  @Override
  public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
    return publisher.publish(stamped(event));
  }

  @Override
  public CompletableFuture<String> publishNow(OutgoingEvent event) {
    return publisher.publishNow(stamped(event));
  }

  private OutgoingEvent stamped(OutgoingEvent event) {
    return new OutgoingEvent(event.body(), stamp.stamped(event.attributes(), event.body()));
  }

  @Override
  public List<SetAsideEvent> setAside() {
    return publisher.setAside();
  }

  @Override
  public void close() {
    publisher.close();
  }
}
