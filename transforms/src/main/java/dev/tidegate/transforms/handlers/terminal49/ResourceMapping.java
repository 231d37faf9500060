package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * How resources of one type become rows of one table: the columns of attributes and relationships.
 * No attribute is lost: those without a column go into {@code extra}.
 *
 * <p>The row keeps what a resource does not mention. A null becomes null.
 */
final class ResourceMapping {
  /** Some resources repeat their ID among their attributes. */
  private static final String ID = "id";

  private final String resourceType;
  private final Table table;
  private final Map<String, Column> columnsByAttribute = new HashMap<>();
  private final Map<String, Map<String, Column>> columnsByNestedAttribute = new HashMap<>();
  private final Map<String, String> standIns = new HashMap<>();
  private final Set<String> storedElsewhere = new HashSet<>();
  private final List<Relationship> relationships = new ArrayList<>();

  /**
   * A mapping of resources of {@code resourceType}. Their ID is the key of {@code table}, followed
   * by their type if the table holds several types: an ID is unique within its type only.
   *
   * <p>The methods that follow it complete the mapping, before anybody uses it. A name the table
   * does not have is refused at once.
   */
  ResourceMapping(String resourceType, Table table) {
    this.resourceType = resourceType;
    this.table = table;
  }

  String resourceType() {
    return resourceType;
  }

  /** The columns of these groups carry the names of the attributes they hold. */
  ResourceMapping attributesOf(String... groups) {
    for (String group : groups) {
      for (Column column : group(group).columns()) {
        columnsByAttribute.put(column.name(), column);
      }
    }
    return this;
  }

  /** An attribute with a column of another name. */
  ResourceMapping attribute(String attribute, String column) {
    columnsByAttribute.remove(column);
    columnsByAttribute.put(attribute, column(column));
    return this;
  }

  /** An alias of the attribute {@code original}, used where {@code original} is absent. */
  ResourceMapping standIn(String attribute, String original) {
    standIns.put(attribute, original);
    return this;
  }

  /** An attribute that is an object. Each field has a column of its own name. */
  ResourceMapping nested(String attribute, String... columns) {
    Map<String, Column> byField = new HashMap<>();
    for (String column : columns) {
      byField.put(column, column(column));
    }
    columnsByNestedAttribute.put(attribute, Map.copyOf(byField));
    return this;
  }

  /** An attribute that becomes rows of its own. */
  ResourceMapping elsewhere(String attribute) {
    storedElsewhere.add(attribute);
    return this;
  }

  /** A to-one relationship. The target's ID goes into {@code column}. */
  ResourceMapping relationship(String relationship, String column, String... targetTypes) {
    relationships.add(
        new Relationship(
            relationship, column(column).name(), List.of(targetTypes), Map.of(), false));
    return this;
  }

  /**
   * A to-one relationship. The target's ID goes into {@code column}, and some of its attributes
   * into columns of the same group.
   */
  ResourceMapping relationship(
      String relationship, String column, Map<String, String> columnsByTargetAttribute) {
    for (String name : columnsByTargetAttribute.values()) {
      if (!table.groupOf(column).equals(table.groupOf(name))) {
        throw new IllegalArgumentException("%s and %s belong in one group".formatted(column, name));
      }
    }
    relationships.add(
        new Relationship(
            relationship, column(column).name(), List.of(), columnsByTargetAttribute, false));
    return this;
  }

  /** A to-many relationship. The targets' IDs go into {@code column}. */
  ResourceMapping relationships(String relationship, String column) {
    relationships.add(
        new Relationship(relationship, column(column).name(), List.of(), Map.of(), true));
    return this;
  }

  private ColumnGroup group(String name) {
    return table.groups().stream()
        .filter(group -> group.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(table.name() + " has no group " + name));
  }

  private Column column(String name) {
    return table
        .column(name)
        .orElseThrow(() -> new IllegalArgumentException(table.name() + " has no column " + name));
  }

  /**
   * The row of the resource of that ID.
   *
   * @param pointer where in the document the ID is
   */
  NotificationRows.Row row(NotificationRows rows, String id, Supplier<String> pointer) {
    return table.key().size() > 2
        ? rows.row(table, pointer, id, resourceType)
        : rows.row(table, pointer, id);
  }

  /**
   * Adds what {@code resource} says to its row.
   *
   * @param document where its related resources are, as far as they are included
   */
  void addTo(NotificationRows rows, JsonApiDocument document, Resource resource) {
    NotificationRows.Row row = row(rows, resource.id().id(), () -> resource.pointer() + "/id");
    addAttributes(row, resource);
    for (Relationship relationship : relationships) {
      relationship.addTo(rows, row, document, resource);
    }
  }

  private void addAttributes(NotificationRows.Row row, Resource resource) {
    Supplier<String> pointer = () -> resource.pointer() + "/attributes";
    JsonNode attributes = resource.attributes();
    for (Map.Entry<String, JsonNode> attribute : attributes.properties()) {
      String name = attribute.getKey();
      JsonNode value = attribute.getValue();
      Map<String, Column> nested = columnsByNestedAttribute.get(name);
      if (nested != null && (value.isObject() || value.isNull())) {
        addNested(row, nested, pointer, name, value);
        continue;
      }
      Column column = columnOf(name, attributes);
      if (column != null) {
        row.set(column.name(), value, () -> pointer.get() + "/" + name);
      } else if (!isStoredElsewhere(name, value, resource)) {
        // The sender chose the name, so no pointer quotes it.
        row.setField(Terminal49Tables.EXTRA, name, value, pointer);
      }
    }
  }

  private boolean isStoredElsewhere(String attribute, JsonNode value, Resource resource) {
    return storedElsewhere.contains(attribute)
        || (attribute.equals(ID) && value.asText().equals(resource.id().id()));
  }

  /** The column of an attribute; empty for an alias if the attribute itself is there. */
  private @Nullable Column columnOf(String attribute, JsonNode attributes) {
    String original = standIns.get(attribute);
    if (original == null) {
      return columnsByAttribute.get(attribute);
    }
    return attributes.has(original) ? null : columnsByAttribute.get(original);
  }

  /** With null, none of the nested attributes is known. */
  private static void addNested(
      NotificationRows.Row row,
      Map<String, Column> columns,
      Supplier<String> pointer,
      String name,
      JsonNode value) {
    if (value.isNull()) {
      columns.values().forEach(column -> row.set(column.name(), null));
    }
    ObjectNode unmapped = Json.mapper().createObjectNode();
    for (Map.Entry<String, JsonNode> field : value.properties()) {
      Column column = columns.get(field.getKey());
      if (column != null) {
        row.set(
            column.name(),
            field.getValue(),
            () -> "%s/%s/%s".formatted(pointer.get(), name, field.getKey()));
      } else {
        unmapped.set(field.getKey(), field.getValue());
      }
    }
    if (!unmapped.isEmpty()) {
      row.setField(Terminal49Tables.EXTRA, name, unmapped, () -> pointer.get() + "/" + name);
    }
  }

  /**
   * The columns that one relationship of a resource fills.
   *
   * @param name the relationship's name in the resource
   * @param column the column for its target's ID, or for an array of its targets' IDs
   * @param targetTypes the types that it may point to; empty for any type
   * @param columnsByTargetAttribute the target's attributes that become columns; null where the
   *     target is not included, so that no old value stays when the link moves
   * @param toMany whether it points to several resources
   */
  private record Relationship(
      String name,
      String column,
      List<String> targetTypes,
      Map<String, String> columnsByTargetAttribute,
      boolean toMany) {
    void addTo(
        NotificationRows rows,
        NotificationRows.Row row,
        JsonApiDocument document,
        Resource resource) {
      Supplier<String> pointer = () -> resource.pointerOf(name) + "/data";
      if (toMany) {
        resource
            .relationships(name)
            .ifPresent(
                targets -> {
                  ArrayNode ids = Json.mapper().createArrayNode();
                  targets.forEach(target -> ids.add(target.id()));
                  row.set(column, ids, pointer);
                });
        return;
      }
      resource
          .relationship(name)
          .filter(said -> said.target().map(target -> accepts(target, rows, pointer)).orElse(true))
          .ifPresent(
              said -> {
                row.set(
                    column,
                    said.target().map(ResourceId::id).orElse(null),
                    () -> pointer.get() + "/id");
                Optional<Resource> target = said.target().flatMap(document::find);
                columnsByTargetAttribute.forEach(
                    (attribute, into) -> addTargetsAttribute(row, target, attribute, into));
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
        NotificationRows.Row row, Optional<Resource> target, String attribute, String into) {
      JsonNode value =
          target.map(found -> found.attributes().path(attribute)).orElse(NullNode.getInstance());
      row.set(
          into,
          value.isMissingNode() ? null : value,
          () -> target.map(found -> found.pointer() + "/attributes/" + attribute).orElse(""));
    }
  }
}
