package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.DecodeRules;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.NotificationIdentity;
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
  private static final long serialVersionUID = 1L;

  /** This source's name in the {@code source} attribute. */
  public static final String NAME = "terminal49";

  private static final Map<String, EventHandler> HANDLERS = handlersByType();

  private static Map<String, EventHandler> handlersByType() {
    Map<String, EventHandler> handlers = new HashMap<>();
    register(handlers, new TransportHandler(), TransportHandler.EVENT_TYPES);
    register(handlers, new DeadlineHandler(), DeadlineHandler.EVENT_TYPES);
    register(handlers, new ContainerHandler(), ContainerHandler.EVENT_TYPES);
    register(handlers, new ShipmentHandler(), ShipmentHandler.EVENT_TYPES);
    register(handlers, new TrackingRequestHandler(), TrackingRequestHandler.EVENT_TYPES);
    register(handlers, new DocumentHandler(), DocumentHandler.EVENT_TYPES);
    return Map.copyOf(handlers);
  }

  private static void register(
      Map<String, EventHandler> handlers, EventHandler handler, Collection<String> eventTypes) {
    for (String eventType : eventTypes) {
      if (handlers.put(eventType, handler) != null) {
        throw new IllegalStateException("two handlers for " + eventType);
      }
    }
  }

  /** The types that have a handler: the 43 official ones. */
  static Set<String> eventTypes() {
    return HANDLERS.keySet();
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
  public EventFacts factsOf(RawEvent event) {
    return NotificationFacts.of(event);
  }

  @Override
  public Event decode(RawEvent raw) {
    JsonNode payload = DecodeRules.jsonObject(raw);
    JsonNode data = payload.path("data");
    JsonNode attributes = data.path("attributes");
    Optional<String> ownType = textOf(attributes.path("event"));
    return Event.of(
        raw,
        // If identify found none, it is absent or not a name. The message says which.
        DecodeRules.name(
            raw.notificationId().or(() -> textOf(data.path("id"))), "notification ID in data.id"),
        DecodeRules.name(
            ownType.filter(Event::isName).or(raw::eventType).or(() -> ownType),
            "event type in data.attributes.event"),
        asOf(attributes.path("created_at")),
        payload);
  }

  @Override
  public Optional<EventHandler> handlerOf(String eventType) {
    return Optional.ofNullable(HANDLERS.get(eventType));
  }

  @Override
  public List<Table> tables() {
    return Terminal49Tables.ALL;
  }

  private static Optional<String> textOf(JsonNode node) {
    return node.isTextual() ? Optional.of(node.textValue()) : Optional.empty();
  }

  /**
   * An unreadable time is ignored, and the notification's handler warns of it. Validate refuses a
   * time beyond the clock's bounds.
   */
  private static Instant asOf(JsonNode createdAt) {
    return textOf(createdAt).flatMap(Rfc3339::parse).orElse(Version.UNKNOWN_TIME);
  }
}
