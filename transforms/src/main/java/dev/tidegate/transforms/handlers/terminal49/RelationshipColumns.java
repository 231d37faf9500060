package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** The columns that one relationship of a resource fills. */
sealed interface RelationshipColumns {
  /** The relationship's name in the resource. */
  String relationship();

  /** Sets the columns in {@code row}, if {@code resource} has the relationship. */
  void addTo(
      NotificationRows rows, NotificationRows.Row row, JsonApiDocument document, Resource resource);

  /**
   * A to-one relationship: its target's ID, and perhaps some of its target's attributes, become
   * columns of one group.
   *
   * @param column the column that holds the target's ID
   * @param targetTypes the types that it may point to; empty for any type
   * @param columnsByTargetAttribute the target's attributes that become columns; null where the
   *     target is not included, so that no old value stays when the link moves
   */
  record ToOne(
      String relationship,
      String column,
      List<String> targetTypes,
      Map<String, String> columnsByTargetAttribute)
      implements RelationshipColumns {
    @Override
    public void addTo(
        NotificationRows rows,
        NotificationRows.Row row,
        JsonApiDocument document,
        Resource resource) {
      Supplier<String> pointer = () -> resource.pointerOf(relationship) + "/data";
      resource
          .relationship(relationship)
          .filter(said -> said.target().map(target -> accepts(target, rows, pointer)).orElse(true))
          .ifPresent(
              said -> {
                row.set(
                    column,
                    said.target().map(ResourceId::id).orElse(null),
                    () -> pointer.get() + "/id");
                Optional<Resource> target = said.target().flatMap(document::find);
                columnsByTargetAttribute.forEach(
                    (attribute, name) -> addTargetsAttribute(row, target, attribute, name));
              });
    }

    /** A target of another type does not belong into the column, and is ignored. */
    private boolean accepts(ResourceId target, NotificationRows rows, Supplier<String> pointer) {
      if (!ResourceMappings.isKnown(target.type())) {
        rows.warn(pointer.get() + "/type", ResourceMappings.KNOWN_TYPE);
      }
      return targetTypes.isEmpty() || targetTypes.contains(target.type());
    }

    private static void addTargetsAttribute(
        NotificationRows.Row row, Optional<Resource> target, String attribute, String name) {
      JsonNode value =
          target.map(found -> found.attributes().path(attribute)).orElse(NullNode.getInstance());
      row.set(
          name,
          value.isMissingNode() ? null : value,
          () -> target.map(found -> found.pointer() + "/attributes/" + attribute).orElse(""));
    }
  }

  /**
   * A to-many relationship: its targets' IDs become an array.
   *
   * @param column the column that holds them
   */
  record ToMany(String relationship, String column) implements RelationshipColumns {
    @Override
    public void addTo(
        NotificationRows rows,
        NotificationRows.Row row,
        JsonApiDocument document,
        Resource resource) {
      resource
          .relationships(relationship)
          .ifPresent(
              targets -> {
                ArrayNode ids = Json.mapper().createArrayNode();
                targets.forEach(target -> ids.add(target.id()));
                row.set(column, ids, () -> resource.pointerOf(relationship) + "/data");
              });
    }
  }
}
