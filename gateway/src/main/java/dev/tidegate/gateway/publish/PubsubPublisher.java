package dev.tidegate.gateway.publish;

import com.google.protobuf.UnsafeByteOperations;
import com.google.pubsub.v1.PubsubMessage;
import com.linecorp.armeria.common.util.Exceptions;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.Acceptance.Published;
import dev.tidegate.gateway.publish.Acceptance.Spooled;
import dev.tidegate.gateway.publish.PublishException.Reason;
import dev.tidegate.gateway.publish.SpoolFile.Entry;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.MessageStamp;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events, or spools them if Pub/Sub is away, too slow, or refuses one for good. An event
 * that can be neither published nor spooled is answered {@code UNAVAILABLE}: the sender keeps it.
 *
 * <p>Every event is stamped where there is a stamp. By it the pipeline knows that the gateway made
 * the message, and believes when the event was received, and that it is a replay.
 *
 * <p>An event may be published twice, where Pub/Sub took it but its answer was lost.
 */
public final class PubsubPublisher implements EventPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(PubsubPublisher.class);

  /** Every so often one sender waits for Pub/Sub, to learn whether it is back. */
  private static final Duration PROBE_BY_SENDER = Duration.ofSeconds(1);

  /** Longer than the spool's drain waits, which finds out before any sender has to. */
  private static final Duration PROBE_BY_DRAIN = Duration.ofSeconds(10);

  /** The spool takes over soon. */
  private static final Duration ANSWER_BEFORE_SPOOL = Duration.ofSeconds(3);

  /** Without a spool it is better to wait, as long as senders usually do. */
  private static final Duration ONLY_ANSWER = Duration.ofSeconds(10);

  /** Events that wait for Pub/Sub's answer, on the heap: at most so much at a time. */
  private static final int KILOBYTES_UNDER_WAY = 64 << 10;

  /** For events that are published now or not at all: a replay must not take the senders' room. */
  private static final int KILOBYTES_NOW = 16 << 10;

  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
  private static final Duration LONGEST_FLUSH = Duration.ofSeconds(12);

  private final PubsubTopic topic;
  private final PubsubCircuit circuit;
  private final Optional<Spool> spool;
  private final Optional<SpoolDrain> drain;
  private final Optional<MessageStamp> stamp;
  private final Counter refusals;
  private final Semaphore kilobytes = new Semaphore(KILOBYTES_UNDER_WAY);
  private final Semaphore kilobytesNow = new Semaphore(KILOBYTES_NOW);
  private volatile boolean closing;

  private PubsubPublisher(
      PubsubTopic topic,
      PubsubCircuit circuit,
      Optional<Spool> spool,
      Optional<MessageStamp> stamp,
      Counter refusals) {
    this.topic = topic;
    this.circuit = circuit;
    this.spool = spool;
    this.stamp = stamp;
    this.refusals = refusals;
    drain = spool.map(waiting -> SpoolDrain.start(waiting, topic, refusals::increment));
  }

  /**
   * One that publishes to Pub/Sub, and keeps in {@code spool}, where there is one, what it cannot.
   * Events that were in the spool before are published.
   *
   * @param stamp of the pipeline that reads the topic
   * @throws IllegalStateException if Google's credentials are missing, if another process uses the
   *     spool's folder, or if the spool cannot be read
   */
  public static PubsubPublisher open(
      PubsubConfiguration pubsub,
      Optional<SpoolConfiguration> spool,
      Optional<MessageStamp> stamp,
      GatewayMetrics metrics) {
    Optional<Spool> opened = spool.map(folder -> Spool.open(folder, metrics.registry()));
    boolean hasSpool = opened.isPresent();
    PubsubCircuit circuit = new PubsubCircuit(hasSpool ? PROBE_BY_DRAIN : PROBE_BY_SENDER);
    try {
      return new PubsubPublisher(
          PubsubTopic.open(pubsub, hasSpool ? ANSWER_BEFORE_SPOOL : ONLY_ANSWER, circuit),
          circuit,
          opened,
          stamp,
          Counter.builder("tidegate.events.refused")
              .description("Events that Pub/Sub has refused for good")
              .register(metrics.registry()));
    } catch (RuntimeException failure) {
      opened.ifPresent(Spool::close);
      throw failure;
    }
  }

  @Override
  public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
    PubsubMessage message = messageOf(event);
    return send(message, kilobytes)
        .<Acceptance>thenApply(Published::new)
        .exceptionallyCompose(failed -> spool(message, (PublishException) Exceptions.peel(failed)));
  }

  @Override
  public CompletableFuture<String> publishNow(OutgoingEvent event) {
    return send(messageOf(event), kilobytesNow);
  }

  /** Sends {@code message}, or fails at once if Pub/Sub is known to be away. */
  private CompletableFuture<String> send(PubsubMessage message, Semaphore room) {
    if (closing) {
      return unavailable("The gateway is stopping.");
    }
    if (!circuit.allows()) {
      return unavailable("Pub/Sub is away.");
    }
    int size = (message.getSerializedSize() >> 10) + 1;
    if (!room.tryAcquire(size)) {
      circuit.unused();
      return unavailable("Too many events wait for Pub/Sub.");
    }
    return topic.send(message).whenComplete((messageId, failure) -> room.release(size));
  }

  private static CompletableFuture<String> unavailable(String why) {
    return CompletableFuture.failedFuture(new PublishException(Reason.UNAVAILABLE, why));
  }

  /** Keeps what Pub/Sub did not take. */
  private CompletableFuture<Acceptance> spool(PubsubMessage message, PublishException why) {
    boolean isRefused = why.reason() == Reason.REFUSED;
    if (isRefused) {
      refusals.increment();
      logRefusal(message, why);
    }
    return spool
        .map(kept -> kept.keep(message, isRefused))
        .orElse(CompletableFuture.completedFuture(false))
        .thenApply(
            kept -> {
              if (!kept) {
                throw Problem.of(
                        ProblemType.UNAVAILABLE,
                        why.getMessage() + " No spool has room for the event. Send it again later.")
                    .retryAfter(RETRY_AFTER)
                    .asException();
              }
              return new Spooled();
            });
  }

  /** Logs it without its body: the alert refused-events counts these lines. */
  static void logRefusal(PubsubMessage message, PublishException why) {
    LOG.atError()
        .addKeyValue("event", "event_refused")
        .addKeyValue("tenant_id", SpoolFile.tenant(message))
        .addKeyValue(
            "notification_id",
            EventAttributes.NOTIFICATION_ID.in(message.getAttributesMap()).orElse(""))
        .log(why.getMessage());
  }

  /**
   * Events that Pub/Sub has refused for good, oldest first.
   *
   * @param tenant whose; empty for every tenant's
   * @param after the ID after which the page begins; 0 for the first
   */
  public CompletableFuture<Page<RefusedEvent>> refused(
      Optional<String> tenant, long after, int limit) {
    return spool
        .map(kept -> kept.refused(tenant, after, limit))
        .orElse(CompletableFuture.completedFuture(new Page<>(List.of(), Optional.empty())));
  }

  /** How many events wait in the spool for Pub/Sub; empty without a spool. */
  public Optional<Long> spooled() {
    return spool.map(Spool::waiting);
  }

  /** A refused event; empty if there is none with this ID, or it is not the tenant's. */
  public CompletableFuture<Optional<RefusedEvent>> refusedEvent(long id, Optional<String> tenant) {
    return refusedEntry(id)
        .thenApply(
            entry ->
                entry
                    .map(RefusedEvent::of)
                    .filter(event -> tenant.isEmpty() || tenant.equals(event.tenant())));
  }

  /**
   * Publishes a refused event again, and forgets it once Pub/Sub has it.
   *
   * @return false if there is none with this ID; or failed as {@link #publishNow}
   */
  public CompletableFuture<Boolean> publishRefused(long id) {
    return refusedEntry(id)
        .thenCompose(
            entry ->
                entry.isEmpty()
                    ? CompletableFuture.completedFuture(false)
                    : send(entry.get().message(), kilobytesNow)
                        .thenCompose(messageId -> discardRefused(id)));
  }

  /** Forgets a refused event; false if there is none with this ID. */
  public CompletableFuture<Boolean> discardRefused(long id) {
    return spool
        .map(kept -> kept.discardRefused(id))
        .orElse(CompletableFuture.completedFuture(false));
  }

  private CompletableFuture<Optional<Entry>> refusedEntry(long id) {
    return spool
        .map(kept -> kept.refused(id))
        .orElse(CompletableFuture.completedFuture(Optional.empty()));
  }

  @Override
  public boolean canSpool() {
    return spool.isPresent() && spoolProblem().isEmpty();
  }

  /** Pub/Sub may be away as long as the spool keeps what it does not take. */
  @Override
  public Optional<String> problem() {
    if (closing) {
      return Optional.of("The gateway is stopping.");
    }
    return circuit.isOpen() ? spoolProblem().map("Pub/Sub is away. "::concat) : Optional.empty();
  }

  private Optional<String> spoolProblem() {
    if (spool.isEmpty()) {
      return Optional.of("There is no spool.");
    }
    return drain.filter(SpoolDrain::works).isEmpty()
        ? Optional.of("The spool is not published any more.")
        : spool.get().problem();
  }

  @Override
  public void close() {
    closing = true;
    drain.ifPresent(SpoolDrain::close);
    try {
      if (!kilobytes.tryAcquire(
          KILOBYTES_UNDER_WAY, LONGEST_FLUSH.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("stopped while events were being published: their senders got no answer");
      }
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
    topic.close();
    spool.ifPresent(Spool::close);
  }

  private PubsubMessage messageOf(OutgoingEvent event) {
    PubsubMessage.Builder message =
        PubsubMessage.newBuilder()
            // Not copied: nobody changes the array (OutgoingEvent).
            .setData(UnsafeByteOperations.unsafeWrap(event.body()))
            .putAllAttributes(event.attributes());
    stamp.ifPresent(
        key ->
            message.putAttributes(
                EventAttributes.STAMP.attribute(), key.of(event.attributes(), event.body())));
    return message.build();
  }
}
