package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.NotificationIdentity;

/** Reads again what could not be read of an event's identity: its source may have learned to. */
final class ReadIdentity {
  private ReadIdentity() {}

  /** {@code event} with the ID and type that its body tells, where it has no ID. */
  static RawEvent of(RawEvent event) {
    if (event.notificationId().isPresent()) {
      return event;
    }
    NotificationIdentity read =
        EventSources.standard().named(event.source()).identify(event.body());
    return event.toBuilder()
        .notificationId(read.notificationId())
        .eventType(event.eventType().or(read::eventType))
        .build(event.bodySha256());
  }
}
