package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import java.util.List;

/** Another arrival is expected of a shipment: an estimate, and the shipment as it is now. */
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
