package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReplayAttributes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Publishes events as parts of a replay, to the topic that they once came from. */
final class ReplayPublisher {
  /** How publishing an event ended. */
  enum Outcome {
    /** It is durable. */
    PUBLISHED,
    /** Pub/Sub would never take it. */
    REFUSED,
    /** It cannot be told, or not now: it is to be published again. */
    UNAVAILABLE
  }

  /**
   * What Beam's PubsubIO takes of a message as well, so that each way of replaying takes the same.
   */
  private static final long MOST_BYTES = 7_500_000;

  private final EventPublisher publisher;
  private final Duration timeout;

  ReplayPublisher(EventPublisher publisher, Duration timeout) {
    this.publisher = publisher;
    this.timeout = timeout;
  }

  /** Publishes {@code event}, stamped as part of the replay. */
  CompletableFuture<?> publish(RawEvent event, String replayId) {
    RawEvent stamped = ReplayAttributes.stamp(event, replayId);
    if (!fits(stamped)) {
      return CompletableFuture.failedFuture(
          Problem.of(ProblemType.INVALID_EVENT, "It is larger than Pub/Sub takes.").asException());
    }
    return publisher.publish(new OutgoingEvent(stamped.body(), stamped.attributes()));
  }

  /** Waits for what {@link #publish} began. */
  Outcome await(CompletableFuture<?> published) {
    try {
      published.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return Outcome.PUBLISHED;
    } catch (ExecutionException failure) {
      return failure.getCause() instanceof ProblemException known
              && known.problem().type() == ProblemType.INVALID_EVENT
          ? Outcome.REFUSED
          : Outcome.UNAVAILABLE;
    } catch (TimeoutException tooLong) {
      return Outcome.UNAVAILABLE;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return Outcome.UNAVAILABLE;
    }
  }

  private static boolean fits(RawEvent event) {
    long bytes = event.body().length;
    for (Map.Entry<String, String> attribute : event.attributes().entrySet()) {
      int name = attribute.getKey().getBytes(StandardCharsets.UTF_8).length;
      int value = attribute.getValue().getBytes(StandardCharsets.UTF_8).length;
      if (name > AttributeLimits.LONGEST_NAME_BYTES
          || value > AttributeLimits.LONGEST_VALUE_BYTES) {
        return false;
      }
      bytes += name + value;
    }
    return bytes <= MOST_BYTES && event.attributes().size() <= AttributeLimits.MOST_ATTRIBUTES;
  }
}
