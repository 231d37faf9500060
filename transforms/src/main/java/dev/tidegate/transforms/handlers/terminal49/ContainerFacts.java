package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.Optional;
import java.util.Set;

/**
 * The facts in events for the container's own columns. An included container has its own facts. If
 * it is not included, or lacks the fact, the event's fact counts: the public examples of a changed
 * last free day include a container without one.
 */
final class ContainerFacts {
  /** The columns of {@code containers} that hold deadlines; changesets use the same names. */
  static final Set<String> DEADLINES =
      Set.of(
          "pickup_lfd",
          "pickup_lfd_terminal",
          "pickup_lfd_rail",
          "pickup_lfd_line",
          "pickup_appointment_at");

  private ContainerFacts() {}

  /**
   * Adds a deadline of {@code container} from the event. A value that is neither a time nor null is
   * ignored.
   *
   * @param pointer where in the document the deadline is
   */
  static void addDeadline(
      NotificationRows rows,
      JsonApiDocument document,
      ResourceId container,
      String column,
      JsonNode deadline,
      String pointer) {
    if (!saysItself(document, container, column)) {
      ResourceMappings.CONTAINER
          .row(rows, container.id(), () -> pointer)
          .set(column, deadline, () -> pointer);
    }
  }

  /** Adds the terminal at which {@code container} is discharged. */
  static void addPodTerminal(
      NotificationRows rows,
      JsonApiDocument document,
      ResourceId container,
      ResourceId podTerminal,
      String pointer) {
    Optional<Relationship> said =
        document.find(container).flatMap(resource -> resource.relationship("pod_terminal"));
    if (said.flatMap(Relationship::target).isEmpty()) {
      ResourceMappings.CONTAINER
          .row(rows, container.id(), () -> pointer)
          .set("t49_pod_terminal_id", podTerminal.id(), () -> pointer);
    }
  }

  /** Whether {@code container} is included and mentions the deadline, even as null. */
  static boolean mentions(JsonApiDocument document, ResourceId container, String column) {
    return document
        .find(container)
        .map(Resource::attributes)
        .filter(said -> said.has(column) || said.path("import_deadlines").has(column))
        .isPresent();
  }

  /** Whether the container is included with a deadline that can be read. */
  private static boolean saysItself(JsonApiDocument document, ResourceId container, String column) {
    return document
        .find(container)
        .map(Resource::attributes)
        .filter(
            said -> isTime(said.path(column)) || isTime(said.path("import_deadlines").path(column)))
        .isPresent();
  }

  private static boolean isTime(JsonNode value) {
    return value.isTextual() && Rfc3339.parse(value.textValue()).isPresent();
  }
}
