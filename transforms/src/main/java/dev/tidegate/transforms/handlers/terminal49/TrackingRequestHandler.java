package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import java.util.List;

/**
 * A request to track a number succeeded, failed, waits or ended: the request as it is now, and the
 * shipment and containers it led to, where they are included.
 */
final class TrackingRequestHandler extends NotificationHandler {
  static final List<String> EVENT_TYPES =
      List.of(
          "tracking_request.succeeded",
          "tracking_request.failed",
          "tracking_request.awaiting_manifest",
          "tracking_request.tracking_stopped");

  TrackingRequestHandler() {
    super(ResourceMappings.TRACKING_REQUEST);
  }

  @Override
  void addNotification(Event event, JsonApiDocument document, NotificationRows rows) {
    subjectRow(document, rows).ifPresent(row -> row.set("last_event_type", event.eventType()));
  }
}
