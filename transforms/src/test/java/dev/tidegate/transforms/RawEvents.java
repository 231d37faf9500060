package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.schemas.RawEvent;
import java.time.Instant;
import java.util.Map;

/** Events for tests. */
final class RawEvents {
  static final Instant PUBLISHED = Instant.parse("2026-01-31T12:00:00Z");

  private RawEvents() {}

  static RawEvent of(String id, String type, String body) {
    return RawEvent.builder()
        .tenantId("default")
        .source("terminal49")
        .notificationId(id)
        .eventType(type)
        .messageId("message-" + id)
        .publishTime(PUBLISHED)
        .attributes(Map.of("tenant_id", "default", "source", "terminal49"))
        .body(body.getBytes(UTF_8))
        .build();
  }

  /** A valid notification of {@code type} without anything included. */
  static RawEvent notification(String id, String type, String createdAt) {
    return of(
        id,
        type,
        """
        {"data":{"id":"%1$s","type":"webhook_notification",
         "attributes":{"id":"%1$s","event":"%2$s","created_at":"%3$s"},
         "relationships":{"reference_object":{"data":{"id":"about-%1$s","type":"%4$s"}}}}}
        """
            .formatted(
                id,
                type,
                createdAt,
                type.startsWith("container.transport.")
                    ? "transport_event"
                    : "container_updated_event"));
  }
}
