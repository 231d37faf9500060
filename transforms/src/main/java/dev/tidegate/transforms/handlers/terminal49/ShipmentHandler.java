package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import java.util.List;

/**
 * A shipment is expected at another time than before: the included shipment as it is now, which
 * holds the new estimate.
 */
final class ShipmentHandler implements EventHandler {
  static final List<String> EVENT_TYPES = List.of("shipment.estimated.arrival");

  @Override
  public List<Upsert> handle(Event event) {
    return ResourceMappings.included(
        event,
        JsonApiDocument.of(event.payload()),
        ResourceMappings.SHIPMENT,
        ResourceMappings.CONTAINER);
  }
}
