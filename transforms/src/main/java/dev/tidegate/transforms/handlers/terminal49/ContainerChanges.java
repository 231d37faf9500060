package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.Map;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The changes in events about a container: one row for each field. The container's own columns
 * change too, where the event has only the change.
 */
final class ContainerChanges {
  /** The attribute with the changes of an update: before and after by field. */
  static final String CHANGESET = "changeset";

  /** What a field was called in older notifications. */
  private static final Map<String, String> FORMER_NAMES =
      Map.of("pod_terminal_holds", "holds_at_pod_terminal");

  /** Far beyond any changeset: each field is a row. */
  private static final int MOST_CHANGES = 1_000;

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
    if (ContainerFacts.DEADLINES.contains(field)) {
      target("container")
          .ifPresent(
              container ->
                  ContainerFacts.addDeadline(rows, document, container, field, after, pointer));
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
        .ifPresent(
            container ->
                ContainerFacts.addPodTerminal(rows, document, container, terminal.get(), pointer));
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
}
