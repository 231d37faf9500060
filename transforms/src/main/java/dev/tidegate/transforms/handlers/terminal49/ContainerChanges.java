package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.schemas.InvalidValueException;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.Map;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What events about a container say was changed: one row a field, and the container's own columns
 * where no more than the change is known of them.
 */
final class ContainerChanges {
  /** The attribute with the changes of an update: before and after by field. */
  static final String CHANGESET = "changeset";

  /** What a field was called in older notifications. */
  private static final Map<String, String> FORMER_NAMES =
      Map.of("pod_terminal_holds", "holds_at_pod_terminal");

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

  /** Adds the changes that {@code resource} tells, where it is an event that tells of any. */
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
    JsonNode changeset = event.attributes().path(CHANGESET);
    for (Map.Entry<String, JsonNode> change : changeset.properties()) {
      JsonNode values = change.getValue();
      // What is not a pair is kept whole: a change of a shape nobody has seen is no reason to
      // refuse everything else the notification says.
      boolean pair = values.isArray() && values.size() == 2;
      JsonNode after = pair ? values.get(1) : values;
      String field = fieldOf(change.getKey(), changeset);
      try {
        addChange(field, pair ? values.get(0) : null, after);
      } catch (InvalidValueException refused) {
        throw refused.at("%s/attributes/%s".formatted(event.pointer(), CHANGESET));
      }
      if (ContainerFacts.DEADLINES.contains(field)) {
        target("container")
            .ifPresent(
                container -> ContainerFacts.addDeadline(rows, document, container, field, after));
      }
    }
  }

  private void addPodTerminal() {
    Optional<ResourceId> terminal = target("terminal");
    if (terminal.isEmpty()) {
      return;
    }
    JsonNode after = TextNode.valueOf(terminal.get().id());
    addChange(POD_TERMINAL, null, after);
    target("container")
        .ifPresent(
            container -> ContainerFacts.addPodTerminal(rows, document, container, terminal.get()));
  }

  private void addChange(String field, @Nullable JsonNode before, JsonNode after) {
    Upsert.Builder row =
        rows.row(ContainerTables.CONTAINER_CHANGES, event.id().id(), field)
            .set("event_type", eventType)
            .set("before", before)
            .set("after", after)
            .set("changed_at", attribute("timestamp").map(Timestamps::readOrKeep).orElse(null))
            .set("timezone", attribute("timezone").orElse(null))
            .set("data_source", attribute("data_source").orElse(null));
    target("container").ifPresent(target -> row.set("t49_container_id", target.id()));
    target("shipment").ifPresent(target -> row.set("t49_shipment_id", target.id()));
    target("terminal").ifPresent(target -> row.set("t49_terminal_id", target.id()));
  }

  /** The field's name today, unless that is in the changeset itself. */
  private static String fieldOf(String name, JsonNode changeset) {
    String today = FORMER_NAMES.getOrDefault(name, name);
    return changeset.has(today) ? name : today;
  }

  private Optional<JsonNode> attribute(String name) {
    return Optional.ofNullable(event.attributes().get(name));
  }

  private Optional<ResourceId> target(String relationship) {
    return event.relationship(relationship).flatMap(Relationship::target);
  }
}
