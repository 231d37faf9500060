package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.publish.PublishException;
import dev.tidegate.gateway.publish.PublishException.Reason;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReplayAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Publishes events as parts of a replay, to Pub/Sub alone: a replay keeps its events in the
 * database, and the spool is for those that have no other place.
 */
final class ReplayPublisher {
  /**
   * A little less than what Beam's PubsubIO takes, so that each way of replaying takes the same.
   */
  private static final int MOST_BYTES = 7_300_000;

  /** How publishing an event ended. */
  enum Outcome {
    /** Pub/Sub has it. */
    PUBLISHED,
    /** Pub/Sub would never take it. */
    REFUSED,
    /** Nobody knows, or Pub/Sub is away: it is published again. */
    UNAVAILABLE
  }

  private final EventPublisher publisher;
  private final Duration timeout;

  /**
   * @param timeout how long all events of one call may take
   */
  ReplayPublisher(EventPublisher publisher, Duration timeout) {
    this.publisher = publisher;
    this.timeout = timeout;
  }

  /**
   * Publishes {@code events} in their order, and waits.
   *
   * @param effects which effects they may cause
   * @param mayGoOn asked before each event
   * @return the outcomes of the first events: at most one is {@code UNAVAILABLE}, the last
   */
  List<Outcome> publish(
      List<RawEvent> events, String replayId, EffectMode effects, BooleanSupplier mayGoOn) {
    long end = System.nanoTime() + timeout.toNanos();
    List<CompletableFuture<?>> published = new ArrayList<>();
    for (RawEvent event : events) {
      if (!mayGoOn.getAsBoolean()
          || published.stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
        break;
      }
      published.add(publish(ReplayAttributes.stamp(event, replayId, effects)));
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (CompletableFuture<?> one : published) {
      Outcome outcome = await(one, end - System.nanoTime());
      outcomes.add(outcome);
      if (outcome == Outcome.UNAVAILABLE) {
        break;
      }
    }
    return outcomes;
  }

  private CompletableFuture<?> publish(RawEvent stamped) {
    return fits(stamped)
        ? publisher.publishNow(new OutgoingEvent(stamped.body(), stamped.attributes()))
        : CompletableFuture.failedFuture(
            new PublishException(Reason.REFUSED, "The event is larger than Pub/Sub takes."));
  }

  private static Outcome await(CompletableFuture<?> published, long nanos) {
    try {
      published.get(nanos, TimeUnit.NANOSECONDS);
      return Outcome.PUBLISHED;
    } catch (ExecutionException failure) {
      return failure.getCause() instanceof PublishException known
              && known.reason() == Reason.REFUSED
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
    return event.body().length <= MOST_BYTES && AttributeLimits.fit(event.attributes());
  }
}
