package dev.tidegate.gateway.publish;

import com.google.protobuf.UnsafeByteOperations;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.publish.Acceptance.Published;
import dev.tidegate.gateway.publish.Acceptance.Spooled;
import dev.tidegate.gateway.publish.Delivery.Away;
import dev.tidegate.gateway.publish.Delivery.Confirmed;
import dev.tidegate.gateway.publish.Delivery.Refused;
import dev.tidegate.gateway.publish.PublishException.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events, or spools them where Pub/Sub is away, too slow, or refuses one for good. What
 * can neither be published nor spooled is answered {@code UNAVAILABLE}: the sender keeps it.
 *
 * <p>An event may be published twice, where Pub/Sub took it but its answer was lost.
 */
final class PubsubPublisher implements EventPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(PubsubPublisher.class);

  /** Events that wait for Pub/Sub's answer, on the heap: at most so much at a time. */
  private static final int KILOBYTES_UNDER_WAY = 64 << 10;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
  private static final Duration LONGEST_FLUSH = Duration.ofSeconds(10);

  private final PubsubTopic topic;
  private final PubsubCircuit circuit;
  private final Optional<Spool> spool;
  private final Optional<SpoolDrain> drain;
  private final Semaphore kilobytes = new Semaphore(KILOBYTES_UNDER_WAY);
  private volatile boolean closing;

  PubsubPublisher(PubsubTopic topic, PubsubCircuit circuit, Optional<Spool> spool) {
    this.topic = topic;
    this.circuit = circuit;
    this.spool = spool;
    drain = spool.map(waiting -> SpoolDrain.start(waiting, topic, circuit));
  }

  @Override
  public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
    if (closing) {
      return CompletableFuture.failedFuture(unavailable("The gateway is stopping."));
    }
    PubsubMessage message = messageOf(event);
    int size = (message.getSerializedSize() >> 10) + 1;
    if (!circuit.allows()) {
      return spool(message, Spool.Place.WAITING);
    }
    if (!kilobytes.tryAcquire(size)) {
      circuit.unused();
      return spool(message, Spool.Place.WAITING);
    }
    return topic
        .send(message)
        .thenCompose(
            delivery -> {
              circuit.tried(delivery);
              return accept(message, delivery);
            })
        .whenComplete((acceptance, failure) -> kilobytes.release(size));
  }

  @Override
  public CompletableFuture<String> publishNow(OutgoingEvent event) {
    PubsubMessage message = messageOf(event);
    int size = (message.getSerializedSize() >> 10) + 1;
    if (closing || !circuit.allows()) {
      return CompletableFuture.failedFuture(
          new PublishException(Reason.UNAVAILABLE, "Pub/Sub is away."));
    }
    if (!kilobytes.tryAcquire(size)) {
      circuit.unused();
      return CompletableFuture.failedFuture(
          new PublishException(Reason.UNAVAILABLE, "Too many events wait for Pub/Sub."));
    }
    return topic
        .send(message)
        .thenApply(
            delivery -> {
              circuit.tried(delivery);
              return messageIdOf(delivery);
            })
        .whenComplete((messageId, failure) -> kilobytes.release(size));
  }

  private static String messageIdOf(Delivery delivery) {
    if (delivery instanceof Confirmed confirmed) {
      return confirmed.messageId();
    }
    if (delivery instanceof Refused refused) {
      throw new PublishException(
          Reason.REFUSED, "Pub/Sub refuses the event for good (%s).".formatted(refused.code()));
    }
    throw new PublishException(
        Reason.UNAVAILABLE, "Pub/Sub is away (%s).".formatted(((Away) delivery).code()));
  }

  @Override
  public boolean canSpool() {
    return spool.isPresent() && spool.get().hasRoom();
  }

  @Override
  public boolean accepts() {
    return !circuit.isOpen() || canSpool();
  }

  @Override
  public List<SetAsideEvent> setAside() {
    return spool.map(Spool::setAside).orElse(List.of());
  }

  @Override
  public void close() {
    closing = true;
    drain.ifPresent(SpoolDrain::close);
    topic.close();
    try {
      if (!kilobytes.tryAcquire(
          KILOBYTES_UNDER_WAY, LONGEST_FLUSH.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("stopped with events under way: their senders were told nothing");
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    spool.ifPresent(Spool::close);
  }

  private CompletableFuture<Acceptance> accept(PubsubMessage message, Delivery delivery) {
    if (delivery instanceof Confirmed confirmed) {
      return CompletableFuture.completedFuture(new Published(confirmed.messageId()));
    }
    if (delivery instanceof Refused refused) {
      LOG.error(
          "Pub/Sub refuses an event for good ({}): {}",
          refused.code(),
          spool.isPresent() ? "it is set aside" : "its sender is told to try later");
      return spool(message, Spool.Place.SET_ASIDE);
    }
    LOG.debug("Pub/Sub is away: {}", ((Away) delivery).code());
    return spool(message, Spool.Place.WAITING);
  }

  private CompletableFuture<Acceptance> spool(PubsubMessage message, Spool.Place place) {
    if (spool.isEmpty()) {
      return CompletableFuture.failedFuture(unavailable("Pub/Sub is away."));
    }
    return spool
        .get()
        .keep(message, place)
        .thenCompose(
            kept ->
                kept
                    ? CompletableFuture.completedFuture(new Spooled())
                    : CompletableFuture.failedFuture(
                        unavailable("Pub/Sub is away, and the spool takes no more.")));
  }

  private static ProblemException unavailable(String why) {
    return Problem.of(ProblemType.UNAVAILABLE, why + " Send the event again later.")
        .retryAfter(RETRY_AFTER)
        .asException();
  }

  private static PubsubMessage messageOf(OutgoingEvent event) {
    return PubsubMessage.newBuilder()
        // Not copied: nobody changes the array (OutgoingEvent).
        .setData(UnsafeByteOperations.unsafeWrap(event.body()))
        .putAllAttributes(event.attributes())
        .build();
  }
}
