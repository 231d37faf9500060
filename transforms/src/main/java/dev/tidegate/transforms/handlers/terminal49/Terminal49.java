package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.DecodeRules;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.InvalidEventException;
import dev.tidegate.transforms.handlers.NotificationIdentity;
import dev.tidegate.transforms.handlers.UndecodableEventException;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Terminal49's webhook notifications. A notification's time is its {@code created_at}: it describes
 * its resources as they were then, while the time of a milestone may lie years before or, for an
 * estimate, in the future.
 */
public final class Terminal49 implements EventSource {
  /** This source's name in the {@code source} attribute. */
  public static final String NAME = "terminal49";

  private static final Map<String, Family> FAMILIES = familiesByType();

  private static Map<String, Family> familiesByType() {
    Map<String, Family> families = new HashMap<>();
    register(
        families,
        TransportHandler.EVENT_TYPES,
        new TransportHandler(),
        NotificationSchema.TRANSPORT);
    register(
        families, DeadlineHandler.EVENT_TYPES, new DeadlineHandler(), NotificationSchema.TRANSPORT);
    register(
        families,
        ContainerHandler.EVENT_TYPES,
        new ContainerHandler(),
        NotificationSchema.CONTAINER);
    register(
        families, ShipmentHandler.EVENT_TYPES, new ShipmentHandler(), NotificationSchema.SHIPMENT);
    register(
        families,
        TrackingRequestHandler.EVENT_TYPES,
        new TrackingRequestHandler(),
        NotificationSchema.TRACKING_REQUEST);
    register(
        families, DocumentHandler.EVENT_TYPES, new DocumentHandler(), NotificationSchema.DOCUMENT);
    return Map.copyOf(families);
  }

  private static void register(
      Map<String, Family> families,
      Collection<String> eventTypes,
      EventHandler handler,
      NotificationSchema schema) {
    for (String eventType : eventTypes) {
      if (families.put(eventType, new Family(handler, schema)) != null) {
        throw new IllegalStateException("two handlers for " + eventType);
      }
    }
  }

  /** The types that have a handler: the 43 official ones. */
  static Set<String> eventTypes() {
    return FAMILIES.keySet();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public NotificationIdentity identify(byte[] body) {
    return IdentityReader.read(body);
  }

  @Override
  public Event decode(RawEvent raw) throws UndecodableEventException {
    JsonNode payload = DecodeRules.jsonObject(raw.body());
    JsonNode data = payload.path("data");
    JsonNode attributes = data.path("attributes");
    return Event.of(
        raw,
        DecodeRules.name(
            raw.notificationId().or(() -> textOf(data.path("id"))), "notification ID in data.id"),
        DecodeRules.name(
            raw.eventType().or(() -> textOf(attributes.path("event"))),
            "event type in data.attributes.event"),
        asOf(attributes.path("created_at")),
        payload);
  }

  /** Types without a handler are free to look as they like: nobody relies on them. */
  @Override
  public void validate(Event event) throws InvalidEventException {
    Family family = FAMILIES.get(event.eventType());
    if (family != null) {
      family.schema().check(event.payload());
    }
  }

  @Override
  public Optional<EventHandler> handlerOf(String eventType) {
    return Optional.ofNullable(FAMILIES.get(eventType)).map(Family::handler);
  }

  @Override
  public List<Table> tables() {
    return Terminal49Tables.ALL;
  }

  private static Optional<String> textOf(JsonNode node) {
    return node.isTextual() ? Optional.of(node.textValue()) : Optional.empty();
  }

  private static Instant asOf(JsonNode createdAt) throws UndecodableEventException {
    if (createdAt.isMissingNode() || createdAt.isNull()) {
      return Version.UNKNOWN_TIME;
    }
    return textOf(createdAt)
        .flatMap(Timestamps::read)
        .orElseThrow(
            () ->
                new UndecodableEventException(
                    "data.attributes.created_at must be a time with an offset or UTC, within years"
                        + " 1 to 9999"));
  }

  /**
   * Types whose notifications look and mean alike.
   *
   * @param handler what they mean
   * @param schema what the handler relies on
   */
  private record Family(EventHandler handler, NotificationSchema schema) {}
}
