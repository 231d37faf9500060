package dev.tidegate.transforms;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.NotificationIdentity;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;

/**
 * Reads a Pub/Sub subscription into {@link RawEvent}s: body and attributes as they are, and the
 * notification's identity from the attributes, or from the body where they do not tell.
 *
 * <p>A message is acknowledged when the runner has made it durable. {@code withIdAttribute} is not
 * used: it would drop repeats without counting them, and bodies that differ with them (DESIGN.md,
 * promise 3).
 */
public final class ReadEvents extends PTransform<PBegin, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  /** Whose the events are whose {@code tenant_id} cannot be a tenant's name. */
  public static final String UNIDENTIFIED_TENANT = "unidentified";

  private final String subscription;
  private final String defaultTenant;
  private final String defaultSource;

  private ReadEvents(String subscription, String defaultTenant, String defaultSource) {
    this.subscription = subscription;
    this.defaultTenant = defaultTenant;
    this.defaultSource = defaultSource;
  }

  /**
   * Reads {@code subscription}.
   *
   * @param subscription {@code projects/PROJECT/subscriptions/NAME}
   * @param defaultTenant whose the events are that carry no {@code tenant_id}: those of whoever may
   *     publish to this subscription's topic
   * @param defaultSource what sent the events that carry no {@code source}
   */
  public static ReadEvents from(String subscription, String defaultTenant, String defaultSource) {
    return new ReadEvents(subscription, defaultTenant, defaultSource);
  }

  @Override
  public PCollection<RawEvent> expand(PBegin begin) {
    return begin
        .apply(
            "Pull",
            PubsubIO.readMessagesWithAttributesAndMessageId().fromSubscription(subscription))
        .apply("Identify", ParDo.of(new IdentifyFn(defaultTenant, defaultSource)))
        .setCoder(RawEventCoder.of());
  }

  /** Makes a {@link RawEvent} of a message. */
  static final class IdentifyFn extends DoFn<PubsubMessage, RawEvent> {
    private static final long serialVersionUID = 1L;
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    private final String defaultTenant;
    private final String defaultSource;

    IdentifyFn(String defaultTenant, String defaultSource) {
      this.defaultTenant = defaultTenant;
      this.defaultSource = defaultSource;
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
      Map<String, String> attributes =
          message.getAttributeMap() == null ? Map.of() : message.getAttributeMap();
      byte[] body = message.getPayload();
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
      Optional<String> notificationId =
          unreadable.isPresent()
              ? Optional.empty()
              : EventAttributes.NOTIFICATION_ID.in(attributes).filter(Event::isName);
      Optional<String> eventType = EventAttributes.EVENT_TYPE.in(attributes).filter(Event::isName);
      if (notificationId.isEmpty() || eventType.isEmpty()) {
        NotificationIdentity read = EventSources.standard().named(source).identify(body);
        notificationId = notificationId.or(read::notificationId);
        eventType = eventType.or(read::eventType);
      }
      RawEvent.Builder event =
          RawEvent.builder()
              .tenantId(tenant)
              .source(source)
              .notificationId(notificationId)
              .eventType(eventType)
              .messageId(unreadable.orElseGet(message::getMessageId))
              .publishTime(publishTime)
              .attributes(attributes)
              .body(body);
      return originalHash(attributes).map(event::build).orElseGet(event::build);
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
