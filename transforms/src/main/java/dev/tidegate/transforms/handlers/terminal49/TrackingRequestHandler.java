package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.EventHandler;
import java.util.List;

/**
 * A request to track a number succeeded, failed, waits or ended: the request as it is now, and the
 * shipment and containers it led to, where they are included.
 */
final class TrackingRequestHandler implements EventHandler {
  static final List<String> EVENT_TYPES =
      List.of(
          "tracking_request.succeeded",
          "tracking_request.failed",
          "tracking_request.awaiting_manifest",
          "tracking_request.tracking_stopped");

  @Override
  public List<Upsert> handle(Event event) {
    return ResourceMappings.included(
        event,
        JsonApiDocument.of(event.payload()),
        ResourceMappings.SHIPMENT,
        ResourceMappings.CONTAINER,
        ResourceMappings.TRACKING_REQUEST);
  }
}
