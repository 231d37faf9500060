package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.Optional;
import java.util.Set;

/**
 * What events say of their container's own columns. A container that is included speaks for itself,
 * as it was when the notification was made; where it is not, or has nothing to say, the event does:
 * the public examples of a changed last free day include a container without one.
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

  /** Adds a deadline of {@code container}; what is neither a time nor null says nothing of it. */
  static void addDeadline(
      NotificationRows rows,
      JsonApiDocument document,
      ResourceId container,
      String column,
      JsonNode deadline) {
    if (isTimeOrNull(deadline) && !saysItself(document, container, column)) {
      ResourceMappings.CONTAINER
          .row(rows, container.id())
          .set(column, Timestamps.readOrKeep(deadline));
    }
  }

  /** Adds the terminal at which {@code container} is discharged. */
  static void addPodTerminal(
      NotificationRows rows,
      JsonApiDocument document,
      ResourceId container,
      ResourceId podTerminal) {
    Optional<Relationship> said =
        document.find(container).flatMap(resource -> resource.relationship("pod_terminal"));
    if (said.flatMap(Relationship::target).isEmpty()) {
      ResourceMappings.CONTAINER
          .row(rows, container.id())
          .set("t49_pod_terminal_id", podTerminal.id());
    }
  }

  static boolean isTimeOrNull(JsonNode value) {
    return value.isNull() || (value.isTextual() && Timestamps.read(value.textValue()).isPresent());
  }

  private static boolean saysItself(JsonApiDocument document, ResourceId container, String column) {
    Optional<JsonNode> attributes = document.find(container).map(Resource::attributes);
    return attributes
        .filter(said -> said.hasNonNull(column) || said.path("import_deadlines").hasNonNull(column))
        .isPresent();
  }
}
