package dev.tidegate.transforms;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.pubsub.PubsubSource;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.Read;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Reads a Pub/Sub subscription into {@link RawEvent}s: body and attributes as they are, and the
 * notification's identity by its source's one rule ({@code EventSource.identify}).
 *
 * <p>Every publisher to the topic can write any attribute. When an event was received, and that it
 * is a replay, counts only with a {@link MessageStamp}; without one, what the attributes say of it
 * is kept under names that mean nothing.
 *
 * <p>A message is acknowledged when the runner has made it durable. {@code withIdAttribute} is not
 * used: it would drop repeats without counting them, and bodies that differ with them
 * (docs/design.md, promise 3).
 */
public final class ReadEvents extends PTransform<PBegin, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  /** The tenant of an event whose {@code tenant_id} cannot be a tenant's name. */
  public static final String UNIDENTIFIED_TENANT = "unidentified";

  private final String subscription;
  private final IdentifyFn identify;
  private final Transport transport;

  private ReadEvents(String subscription, IdentifyFn identify, Transport transport) {
    this.subscription = subscription;
    this.identify = identify;
    this.transport = transport;
  }

  /** How messages are pulled. It must not change during the life of a job: the steps differ. */
  public enum Transport {
    /** Over gRPC, by {@link PubsubSource}: for every runner without a reader of its own. */
    GRPC,
    /** By PubsubIO: Dataflow puts its own reader in its place; elsewhere it is JSON over HTTP. */
    PUBSUB_IO
  }

  /**
   * Reads {@code subscription}.
   *
   * @param subscription {@code projects/PROJECT/subscriptions/NAME}
   * @param defaultTenant the tenant of an event without {@code tenant_id}: every publisher to this
   *     subscription's topic may send for that tenant
   * @param defaultSource the source of an event without {@code source}
   * @param stampKey where the key of stamps is; where it is not set, nothing can be proved
   * @param sources identify the events
   */
  public static ReadEvents from(
      String subscription,
      String defaultTenant,
      String defaultSource,
      StampKey stampKey,
      EventSources sources) {
    return new ReadEvents(
        subscription,
        new IdentifyFn(defaultTenant, defaultSource, stampKey, sources),
        Transport.PUBSUB_IO);
  }

  /** The same, with messages that are pulled by {@code newTransport}. */
  public ReadEvents over(Transport newTransport) {
    return new ReadEvents(subscription, identify, newTransport);
  }

  @Override
  public PCollection<RawEvent> expand(PBegin begin) {
    return begin
        .apply("Pull", pull())
        .apply("Identify", ParDo.of(identify))
        .setCoder(RawEventCoder.of());
  }

  private PTransform<PBegin, PCollection<PubsubMessage>> pull() {
    return switch (transport) {
      case GRPC -> Read.from(new PubsubSource(subscription));
      case PUBSUB_IO ->
          PubsubIO.readMessagesWithAttributesAndMessageId().fromSubscription(subscription);
    };
  }

  /** Makes a {@link RawEvent} of a message. */
  static final class IdentifyFn extends DoFn<PubsubMessage, RawEvent> {
    private static final long serialVersionUID = 1L;
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    private final String defaultTenant;
    private final String defaultSource;
    private final StampKey stampKey;
    private final EventSources sources;
    private transient @Nullable MessageStamp stamp;

    IdentifyFn(
        String defaultTenant, String defaultSource, StampKey stampKey, EventSources sources) {
      this.defaultTenant = defaultTenant;
      this.defaultSource = defaultSource;
      this.stampKey = stampKey;
      this.sources = sources;
    }

    @Setup
    public void setup() {
      stamp = stampKey.read().orElse(null);
    }

    @ProcessElement
    public void process(
        @Element PubsubMessage message,
        @Timestamp org.joda.time.Instant publishTime,
        OutputReceiver<RawEvent> out) {
      PipelineMetrics.EVENTS_READ.inc();
      RawEvent event = identify(message, Instant.ofEpochMilli(publishTime.getMillis()));
      if (event.notificationId().isEmpty()) {
        PipelineMetrics.EVENTS_UNREADABLE.inc();
      }
      out.output(event);
    }

    RawEvent identify(PubsubMessage message, Instant publishTime) {
      byte[] body = message.getPayload();
      Map<String, String> attributes =
          provedOf(message.getAttributeMap() == null ? Map.of() : message.getAttributeMap(), body);
      // Decode refuses what has an unusable tenant or source, after it was archived: until then it
      // needs names that are safe as a folder and a key, and a tenant that is nobody else's.
      String tenant =
          EventAttributes.TENANT_ID
              .in(attributes)
              .map(name -> Event.isName(name) ? name : UNIDENTIFIED_TENANT)
              .orElse(defaultTenant);
      String source =
          EventAttributes.SOURCE.in(attributes).filter(Event::isName).orElse(defaultSource);
      Optional<String> unreadable = originalMessageId(attributes);
      RawEvent.Builder given =
          RawEvent.builder()
              .tenantId(tenant)
              .source(source)
              .notificationId(EventAttributes.NOTIFICATION_ID.in(attributes).filter(Event::isName))
              .eventType(EventAttributes.EVENT_TYPE.in(attributes).filter(Event::isName))
              .messageId(unreadable.orElseGet(message::getMessageId))
              .publishTime(publishTime)
              .attributes(attributes)
              .body(body);
      RawEvent event =
          sources.identify(originalHash(attributes).map(given::build).orElseGet(given::build));
      return unreadable.isEmpty()
          ? event
          : event.toBuilder().notificationId(Optional.empty()).build(event.bodySha256());
    }

    /** The attributes, with what needs a stamp and has none set aside. */
    private Map<String, String> provedOf(Map<String, String> attributes, byte[] body) {
      if (!MessageStamp.claims(attributes)) {
        return attributes;
      }
      MessageStamp known = stamp;
      if (known != null && known.isProved(attributes, body)) {
        return attributes;
      }
      if (known != null) {
        PipelineMetrics.EVENTS_UNPROVED.inc();
      }
      return MessageStamp.withClaimsSetAside(attributes, known == null);
    }

    /**
     * Of a replay of an event without a readable ID: its first message's ID, by which it is known.
     */
    private static Optional<String> originalMessageId(Map<String, String> attributes) {
      return EventAttributes.REPLAY_ID
          .in(attributes)
          .flatMap(replay -> EventAttributes.NOTIFICATION_ID.in(attributes))
          .filter(id -> id.startsWith(RawEvent.MESSAGE_IDENTITY) && Event.isName(id))
          .map(id -> id.substring(RawEvent.MESSAGE_IDENTITY.length()))
          .filter(id -> !id.isBlank());
    }

    /** A replay's body may lack the original's white space, but has its place in the order. */
    private static Optional<String> originalHash(Map<String, String> attributes) {
      return EventAttributes.REPLAY_ID
          .in(attributes)
          .flatMap(replay -> EventAttributes.BODY_SHA256.in(attributes))
          .filter(hash -> SHA_256.matcher(hash).matches());
    }
  }
}
