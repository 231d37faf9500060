package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** Keeps what is published; for some events it is away. */
final class RecordingPublisher implements EventPublisher {
  private final List<OutgoingEvent> published = new ArrayList<>();
  private volatile Predicate<OutgoingEvent> isAwayFor = event -> false;

  @Override
  public synchronized CompletableFuture<Acceptance> publish(OutgoingEvent event) {
    if (!AttributeLimits.fit(event.attributes())) {
      return CompletableFuture.failedFuture(
          new IllegalArgumentException("Pub/Sub does not take these attributes"));
    }
    if (isAwayFor.test(event)) {
      return CompletableFuture.failedFuture(
          Problem.of(ProblemType.UNAVAILABLE, "Pub/Sub is away.")
              .retryAfter(Duration.ofSeconds(7))
              .asException());
    }
    published.add(event);
    return CompletableFuture.completedFuture(
        new Acceptance.Published(Integer.toString(published.size())));
  }

  @Override
  public CompletableFuture<String> publishNow(OutgoingEvent event) {
    throw new UnsupportedOperationException("events of senders may be spooled");
  }

  void beAwayFor(Predicate<OutgoingEvent> events) {
    isAwayFor = events;
  }

  synchronized List<OutgoingEvent> published() {
    return List.copyOf(published);
  }

  /** The only one. */
  OutgoingEvent only() {
    List<OutgoingEvent> all = published();
    if (all.size() != 1) {
      throw new AssertionError("%d events were published".formatted(all.size()));
    }
    return all.get(0);
  }

  synchronized void forget() {
    published.clear();
    isAwayFor = event -> false;
  }

  @Override
  public void close() {}
}
