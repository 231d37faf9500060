package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A last free day or a pickup appointment changed. It makes an event of the container, and the
 * deadline itself if the event names the container.
 */
final class DeadlineHandler extends NotificationHandler {
  private static final Map<String, String> COLUMNS_BY_EVENT_TYPE =
      Map.of(
          "container.pickup_lfd.changed", "pickup_lfd",
          "container.pickup_lfd_line.changed", "pickup_lfd_line",
          "container.pickup_lfd_terminal.changed", "pickup_lfd_terminal",
          "container.pickup_lfd_rail.changed", "pickup_lfd_rail",
          "container.pickup_appointment.changed", "pickup_appointment_at");

  static final Set<String> EVENT_TYPES = COLUMNS_BY_EVENT_TYPE.keySet();

  /** How long after a change Terminal49 may make the event that reports it. */
  private static final Duration NOTICE = Duration.ofMinutes(10);

  DeadlineHandler() {
    super("event_type", ResourceMappings.TRANSPORT_EVENT);
  }

  @Override
  void addMore(Event event, JsonApiDocument document, NotificationRows rows) {
    document
        .referenceTo(ResourceMappings.TRANSPORT_EVENT.resourceType())
        .flatMap(document::find)
        .ifPresent(changed -> addDeadline(event, document, rows, changed));
  }

  /**
   * Newer notifications have a {@code value}, which is the deadline or is ignored. Without one the
   * event's time is the deadline, unless the container has the deadline itself, or the time is when
   * the change was noticed (issue 14).
   */
  private static void addDeadline(
      Event event, JsonApiDocument document, NotificationRows rows, Resource changed) {
    String column = COLUMNS_BY_EVENT_TYPE.get(event.eventType());
    Optional<ResourceId> container = changed.target("container");
    if (container.isEmpty()) {
      return;
    }
    String attribute = changed.attributes().has("value") ? "value" : "timestamp";
    if (attribute.equals("timestamp")
        && (ContainerChanges.mentions(document, container.get(), column)
            || !isLaterThanNotice(event, changed))) {
      return;
    }
    ContainerChanges.addDeadline(
        rows,
        document,
        container.get(),
        column,
        changed.attributes().path(attribute),
        changed.pointer() + "/attributes/" + attribute);
  }

  /** Whether the event's time lies after the time at which the event was made. */
  private static boolean isLaterThanNotice(Event event, Resource changed) {
    Optional<Instant> time = timeIn(changed, "timestamp");
    Instant noticed = timeIn(changed, "created_at").orElse(event.asOf());
    return time.isPresent() && time.get().isAfter(noticed.plus(NOTICE));
  }

  private static Optional<Instant> timeIn(Resource resource, String attribute) {
    JsonNode time = resource.attributes().path(attribute);
    return time.isTextual() ? Rfc3339.parse(time.textValue()) : Optional.empty();
  }
}
