package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.IdentityReader;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.DecodeRules;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
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

  private static final IdentityReader IDENTITY =
      new IdentityReader("/data/id", "/data/attributes/event");

  /**
   * Milestones of a container, or estimates of one. Several of these types come without the
   * transport event, its container, or any included resource. Such an event is a row of {@code
   * container_events} without a container.
   */
  static final List<String> MILESTONES =
      List.of(
          "container.transport.empty_out",
          "container.transport.full_in",
          "container.transport.vessel_loaded",
          "container.transport.vessel_departed",
          "container.transport.transshipment_arrived",
          "container.transport.transshipment_discharged",
          "container.transport.transshipment_loaded",
          "container.transport.transshipment_departed",
          "container.transport.feeder_arrived",
          "container.transport.feeder_discharged",
          "container.transport.feeder_loaded",
          "container.transport.feeder_departed",
          "container.transport.vessel_arrived",
          "container.transport.vessel_berthed",
          "container.transport.vessel_discharged",
          "container.transport.available",
          "container.transport.not_available",
          "container.transport.full_out",
          "container.transport.delivered",
          "container.transport.empty_in",
          "container.transport.rail_loaded",
          "container.transport.rail_departed",
          "container.transport.rail_arrived",
          "container.transport.rail_unloaded",
          "container.transport.arrived_at_inland_destination",
          "container.transport.estimated.vessel_departed",
          "container.transport.estimated.vessel_arrived",
          "container.transport.estimated.arrived_at_inland_destination");

  private static final Map<String, EventHandler> HANDLERS = handlersByType();

  private static Map<String, EventHandler> handlersByType() {
    Map<String, EventHandler> handlers = new HashMap<>();
    register(
        handlers,
        new NotificationHandler("event_type", ResourceMappings.TRANSPORT_EVENT),
        MILESTONES);
    register(handlers, new DeadlineHandler(), DeadlineHandler.EVENT_TYPES);
    register(
        handlers,
        new NotificationHandler(
            "event_type",
            ResourceMappings.CONTAINER_CREATED_EVENT,
            ResourceMappings.CONTAINER_UPDATED_EVENT,
            ResourceMappings.CONTAINER_POD_TERMINAL_CHANGED_EVENT),
        List.of("container.created", "container.updated", "container.pod_terminal_changed"));
    register(
        handlers,
        new NotificationHandler("event_type", ResourceMappings.ESTIMATED_EVENT),
        List.of("shipment.estimated.arrival"));
    register(
        handlers,
        new NotificationHandler("last_event_type", ResourceMappings.TRACKING_REQUEST),
        List.of(
            "tracking_request.succeeded",
            "tracking_request.failed",
            "tracking_request.awaiting_manifest",
            "tracking_request.tracking_stopped"));
    Map<String, String> extractionStatus =
        Map.of("document.extracted", "extracted", "document.extraction_failed", "failed");
    register(
        handlers,
        new NotificationHandler("extraction_status", extractionStatus, ResourceMappings.DOCUMENT),
        extractionStatus.keySet());
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
    return IDENTITY.read(body);
  }

  @Override
  public EventFacts factsOf(RawEvent event) {
    return NotificationFacts.of(event);
  }

  @Override
  public Map<String, String> keysOf(RawEvent event) {
    return NotificationFacts.keysOf(event);
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

  /** Containers' statuses are kept, and worked out anew for those that are marked as stale. */
  @Override
  public List<String> upkeep() {
    return List.of("SELECT refresh_container_statuses(200)");
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

  @Override
  public boolean hasMigrations() {
    return true;
  }
}
