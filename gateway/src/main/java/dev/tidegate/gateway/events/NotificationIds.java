package dev.tidegate.gateway.events;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The notification IDs of application events. The same ID means the same event; the tenant is part
 * of an event's identity anyway, so none can name another's.
 */
final class NotificationIds {
  private static final String CLOUD_EVENT_PREFIX = "ce:";
  private static final int SOURCE_HASH_DIGITS = 32;

  /** What stands before a CloudEvent's ID. */
  private static final int CLOUD_EVENT_PREFIX_LENGTH =
      CLOUD_EVENT_PREFIX.length() + SOURCE_HASH_DIGITS + 1;

  private NotificationIds() {}

  /** Whether a sender may choose {@code key} for an event. */
  static boolean isKey(String key) {
    // The pipeline names events so of which no ID could be read.
    return Event.isName(key) && !key.startsWith(RawEvent.MESSAGE_IDENTITY);
  }

  /**
   * The ID of an event without a key of its own: {@code {event_type}:{tenant}:{id}}, where {@code
   * id} is the payload's, or a random UUID where it has none. Without either, each repeat is an
   * event of its own.
   *
   * <p>Where that does not fit, or another type and ID could read the same, a hash of the three
   * stands for type and ID.
   */
  static String of(String eventType, String tenant, Optional<String> payloadId) {
    String id = payloadId.orElseGet(() -> UUID.randomUUID().toString());
    String readable = "%s:%s:%s".formatted(eventType, tenant, id);
    return isKey(readable) && eventType.indexOf(':') < 0
        ? readable
        : "event:%s:%s".formatted(tenant, EventId.of(tenant, eventType, id));
  }

  /**
   * The ID of a CloudEvent. Its ID is unique within its source only (CloudEvents 1.0, "id"), so a
   * hash of the source, of the same length always, stands before it.
   */
  static String ofCloudEvent(String source, String id) {
    return CLOUD_EVENT_PREFIX
        + Sha256.hexOf(source.getBytes(StandardCharsets.UTF_8)).substring(0, SOURCE_HASH_DIGITS)
        + ":"
        + id;
  }

  /** How long a CloudEvent's ID may be, so that there is room for its source. */
  static int longestCloudEventId() {
    return Column.INDEXED_LENGTH - CLOUD_EVENT_PREFIX_LENGTH;
  }
}
