package dev.tidegate.transforms.handlers.terminal49;

import dev.tidegate.schemas.Event;
import java.util.List;

/**
 * A container appeared, or its terminal or shipping line reported news. It makes an event of the
 * container, and a row for each changed field.
 */
final class ContainerHandler extends NotificationHandler {
  static final List<String> EVENT_TYPES =
      List.of("container.created", "container.updated", "container.pod_terminal_changed");

  ContainerHandler() {
    super(
        ResourceMappings.CONTAINER_CREATED_EVENT,
        ResourceMappings.CONTAINER_UPDATED_EVENT,
        ResourceMappings.CONTAINER_POD_TERMINAL_CHANGED_EVENT);
  }

  @Override
  void addNotification(Event event, JsonApiDocument document, NotificationRows rows) {
    subjectRow(document, rows).ifPresent(row -> row.set("event_type", event.eventType()));
  }
}
