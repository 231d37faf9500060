package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import java.util.List;

/**
 * The expected arrival of a shipment changed. It makes an estimate, and the shipment's current
 * state.
 */
final class ShipmentHandler extends NotificationHandler {
  static final List<String> EVENT_TYPES = List.of("shipment.estimated.arrival");

  ShipmentHandler() {
    super(ResourceMappings.ESTIMATED_EVENT);
  }

  @Override
  void addNotification(Event event, JsonApiDocument document, NotificationRows rows) {
    subjectRow(document, rows).ifPresent(row -> row.set("event_type", event.eventType()));
  }
}
