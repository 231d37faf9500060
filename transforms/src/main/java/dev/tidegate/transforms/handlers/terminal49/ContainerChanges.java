package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The changes in events about a container: one row for each field. The container's own columns
 * change too: if the container is not included, or lacks the fact, the event's fact counts. The
 * public examples of a changed last free day include a container without one.
 */
final class ContainerChanges {
  /** The attribute with the changes of an update: before and after by field. */
  static final String CHANGESET = "changeset";

  /** What a field was called in older notifications. */
  private static final Map<String, String> FORMER_NAMES =
      Map.of("pod_terminal_holds", "holds_at_pod_terminal");

  /** Far beyond any changeset: each field is a row. */
  private static final int MOST_CHANGES = 1_000;

  /** The columns of {@code containers} that hold deadlines; changesets use the same names. */
  static final Set<String> DEADLINES =
      Set.of(
          "pickup_lfd",
          "pickup_lfd_terminal",
          "pickup_lfd_rail",
          "pickup_lfd_line",
          "pickup_appointment_at");

  private static final String POD_TERMINAL = "pod_terminal";

  private final NotificationRows rows;
  private final JsonApiDocument document;
  private final Resource event;
  private final String eventType;

  private ContainerChanges(
      NotificationRows rows, JsonApiDocument document, Resource event, String eventType) {
    this.rows = rows;
    this.document = document;
    this.event = event;
    this.eventType = eventType;
  }

  /** Adds the changes in {@code resource}, if it is an event with changes. */
  static void addOf(NotificationRows rows, JsonApiDocument document, Resource resource) {
    switch (resource.id().type()) {
      case "container_updated_event" ->
          new ContainerChanges(rows, document, resource, "container.updated").addChangeset();
      case "container_pod_terminal_changed_event" ->
          new ContainerChanges(rows, document, resource, "container.pod_terminal_changed")
              .addPodTerminal();
      default -> {
        // Other resources are states, not changes.
      }
    }
  }

  private void addChangeset() {
    String pointer = "%s/attributes/%s".formatted(event.pointer(), CHANGESET);
    JsonNode changeset = event.attributes().path(CHANGESET);
    if (!changeset.isObject()) {
      if (!changeset.isMissingNode() && !changeset.isNull()) {
        rows.warn(pointer, "must be an object");
      }
      return;
    }
    if (changeset.size() > MOST_CHANGES) {
      rows.warn(
          pointer, "must have at most %d fields: the others are lost".formatted(MOST_CHANGES));
    }
    changeset.properties().stream()
        .limit(MOST_CHANGES)
        .forEach(change -> addChange(change.getKey(), change.getValue(), changeset, pointer));
  }

  /**
   * Adds the change of one field. A pointer ends at the changeset, because the sender chose the
   * field's name.
   */
  private void addChange(String name, JsonNode values, JsonNode changeset, String pointer) {
    // A change that is not a pair is kept whole. An unknown shape is no reason to refuse it.
    boolean pair = values.isArray() && values.size() == 2;
    JsonNode after = pair ? values.get(1) : values;
    String field = fieldOf(name, changeset);
    addRow(field, pair ? values.get(0) : null, after, pointer);
    if (DEADLINES.contains(field)) {
      target("container")
          .ifPresent(container -> addDeadline(rows, document, container, field, after, pointer));
    }
  }

  private void addPodTerminal() {
    Optional<ResourceId> terminal = target("terminal");
    if (terminal.isEmpty()) {
      return;
    }
    String pointer = event.pointerOf("terminal") + "/data/id";
    addRow(POD_TERMINAL, null, TextNode.valueOf(terminal.get().id()), pointer);
    target("container")
        .ifPresent(container -> addPodTerminal(rows, document, container, terminal.get(), pointer));
  }

  private void addRow(String field, @Nullable JsonNode before, JsonNode after, String pointer) {
    NotificationRows.Row row =
        rows.row(
                Terminal49Tables.CONTAINER_CHANGES,
                () -> pointer,
                event.id().id(),
                eventType,
                field)
            .set("before", before, () -> pointer)
            .set("after", after, () -> pointer);
    setAttribute(row, "changed_at", "timestamp");
    setAttribute(row, "timezone", "timezone");
    setAttribute(row, "data_source", "data_source");
    setTarget(row, "t49_container_id", "container");
    setTarget(row, "t49_shipment_id", "shipment");
    setTarget(row, "t49_terminal_id", "terminal");
  }

  private void setAttribute(NotificationRows.Row row, String column, String attribute) {
    JsonNode value = event.attributes().path(attribute);
    if (!value.isMissingNode()) {
      row.set(column, value, () -> event.pointer() + "/attributes/" + attribute);
    }
  }

  private void setTarget(NotificationRows.Row row, String column, String relationship) {
    target(relationship)
        .ifPresent(
            target ->
                row.set(column, target.id(), () -> event.pointerOf(relationship) + "/data/id"));
  }

  /** The field's name today, unless that is in the changeset itself. */
  private static String fieldOf(String name, JsonNode changeset) {
    String today = FORMER_NAMES.getOrDefault(name, name);
    return changeset.has(today) ? name : today;
  }

  private Optional<ResourceId> target(String relationship) {
    return event.relationship(relationship).flatMap(Relationship::target);
  }

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
