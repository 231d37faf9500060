package dev.tidegate.gateway.store;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.publish.PublishException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Remembers what is published, and fails as often as it is told to. */
public final class RecordingPublisher implements EventPublisher {
  /**
   * Something that was published.
   *
   * @param nanoTime when
   */
  public record Published(OutgoingEvent event, long nanoTime) {
    public String attribute(String name) {
      return event.attributes().get(name);
    }
  }

  private final List<Published> published = new ArrayList<>();
  private final AtomicInteger failures = new AtomicInteger();

  /** The next so many events are not published. */
  public void failNext(int count) {
    failures.set(count);
  }

  /** How many of {@link #failNext} are still to fail. */
  public int failuresLeft() {
    return Math.max(0, failures.get());
  }

  @Override
  public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
    if (failures.getAndDecrement() > 0) {
      return CompletableFuture.failedFuture(
          Problem.of(ProblemType.UNAVAILABLE, "Away.")
              .retryAfter(Duration.ofSeconds(1))
              .asException());
    }
    return CompletableFuture.completedFuture(new Acceptance.Published(add(event)));
  }

  @Override
  public CompletableFuture<String> publishNow(OutgoingEvent event) {
    return failures.getAndDecrement() > 0
        ? CompletableFuture.failedFuture(
            new PublishException(PublishException.Reason.UNAVAILABLE, "Away."))
        : CompletableFuture.completedFuture(add(event));
  }

  private synchronized String add(OutgoingEvent event) {
    published.add(new Published(event, System.nanoTime()));
    return "m" + published.size();
  }

  public synchronized List<Published> all() {
    return List.copyOf(published);
  }

  /** The values of an attribute, in the order of publication. */
  public List<String> all(String attribute) {
    return all().stream().map(one -> one.attribute(attribute)).toList();
  }

  public synchronized void forget() {
    published.clear();
    failures.set(0);
  }

  @Override
  public void close() {}
}
