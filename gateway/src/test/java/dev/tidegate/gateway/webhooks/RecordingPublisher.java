package dev.tidegate.gateway.webhooks;

import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.Acceptance.Published;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Takes every event, and gives messages the IDs 1, 2, 3. */
final class RecordingPublisher implements EventPublisher {
  private final List<OutgoingEvent> events = new CopyOnWriteArrayList<>();

  List<OutgoingEvent> events() {
    return events;
  }

  OutgoingEvent last() {
    return events.get(events.size() - 1);
  }

  @Override
  public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
    events.add(event);
    return CompletableFuture.completedFuture(new Published(Integer.toString(events.size())));
  }

  @Override
  public CompletableFuture<String> publishNow(OutgoingEvent event) {
    throw new UnsupportedOperationException("webhooks may be spooled");
  }

  @Override
  public void close() {}
}
