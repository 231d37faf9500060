package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import java.util.Map;
import java.util.Set;

/**
 * A last free day or a pickup appointment changed: an event of the container, and the deadline
 * itself where the event says whose it is.
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

  DeadlineHandler() {
    super("transport");
  }

  @Override
  void addNotification(Event event, JsonApiDocument document, NotificationRows rows) {
    subjectRow(document, rows, ResourceMappings.TRANSPORT_EVENT)
        .ifPresent(row -> row.set("event_type", event.eventType()));
    document
        .referenceTo(ResourceMappings.TRANSPORT_EVENT.resourceType())
        .flatMap(document::find)
        .ifPresent(changed -> addDeadline(event, document, rows, changed));
  }

  private static void addDeadline(
      Event event, JsonApiDocument document, NotificationRows rows, Resource changed) {
    String column = COLUMNS_BY_EVENT_TYPE.get(event.eventType());
    changed
        .relationship("container")
        .flatMap(Relationship::target)
        .ifPresent(
            container ->
                ContainerFacts.addDeadline(rows, document, container, column, deadlineOf(changed)));
  }

  /** The {@code value} that newer notifications have; the event's time in those without one. */
  private static JsonNode deadlineOf(Resource changed) {
    JsonNode value = changed.attributes().path("value");
    return ContainerFacts.isTimeOrNull(value) ? value : changed.attributes().path("timestamp");
  }
}
