package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.RelationshipColumns.ToMany;
import dev.tidegate.transforms.handlers.terminal49.RelationshipColumns.ToOne;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
  private final Map<String, Column> columnsByAttribute;
  private final Map<String, Map<String, Column>> columnsByNestedAttribute;
  private final Map<String, String> standIns;
  private final Set<String> storedElsewhere;
  private final boolean keyWithType;
  private final List<RelationshipColumns> relationships;

  private ResourceMapping(Builder builder) {
    resourceType = builder.resourceType;
    table = builder.table;
    columnsByAttribute = Map.copyOf(builder.columnsByAttribute);
    columnsByNestedAttribute = Map.copyOf(builder.columnsByNestedAttribute);
    standIns = Map.copyOf(builder.standIns);
    storedElsewhere = Set.copyOf(builder.storedElsewhere);
    keyWithType = table.key().size() > 2;
    relationships = List.copyOf(builder.relationships);
  }

  /**
   * A mapping of resources of {@code resourceType}. Their ID is the key of {@code table}, followed
   * by their type if the table holds several types: an ID is unique within its type only.
   */
  static Builder of(String resourceType, Table table) {
    return new Builder(resourceType, table);
  }

  String resourceType() {
    return resourceType;
  }

  /**
   * The row of the resource of that ID.
   *
   * @param pointer where in the document the ID is
   */
  NotificationRows.Row row(NotificationRows rows, String id, Supplier<String> pointer) {
    return keyWithType ? rows.row(table, pointer, id, resourceType) : rows.row(table, pointer, id);
  }

  /**
   * Adds what {@code resource} says to its row.
   *
   * @param document where its related resources are, as far as they are included
   */
  void addTo(NotificationRows rows, JsonApiDocument document, Resource resource) {
    NotificationRows.Row row = row(rows, resource.id().id(), () -> resource.pointer() + "/id");
    addAttributes(row, resource);
    for (RelationshipColumns columns : relationships) {
      columns.addTo(rows, row, document, resource);
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

  /** Collects a mapping. A name the table does not have is refused at once. */
  static final class Builder {
    private final String resourceType;
    private final Table table;
    private final Map<String, Column> columnsByAttribute = new HashMap<>();
    private final Map<String, Map<String, Column>> columnsByNestedAttribute = new HashMap<>();
    private final Map<String, String> standIns = new HashMap<>();
    private final Set<String> storedElsewhere = new HashSet<>();
    private final List<RelationshipColumns> relationships = new ArrayList<>();

    private Builder(String resourceType, Table table) {
      this.resourceType = resourceType;
      this.table = table;
    }

    /** The columns of these groups carry the names of the attributes they hold. */
    Builder attributesOf(String... groups) {
      for (String group : groups) {
        for (Column column : group(group).columns()) {
          columnsByAttribute.put(column.name(), column);
        }
      }
      return this;
    }

    /** An attribute with a column of another name. */
    Builder attribute(String attribute, String column) {
      columnsByAttribute.remove(column);
      columnsByAttribute.put(attribute, column(column));
      return this;
    }

    /** An alias of the attribute {@code original}, used where {@code original} is absent. */
    Builder standIn(String attribute, String original) {
      standIns.put(attribute, original);
      return this;
    }

    /** An attribute that is an object. Each field has a column of its own name. */
    Builder nested(String attribute, String... columns) {
      Map<String, Column> byField = new HashMap<>();
      for (String column : columns) {
        byField.put(column, column(column));
      }
      columnsByNestedAttribute.put(attribute, Map.copyOf(byField));
      return this;
    }

    /** An attribute that becomes rows of its own. */
    Builder elsewhere(String attribute) {
      storedElsewhere.add(attribute);
      return this;
    }

    /** A to-one relationship. The target's ID goes into {@code column}. */
    Builder relationship(String relationship, String column, String... targetTypes) {
      relationships.add(
          new ToOne(relationship, column(column).name(), List.of(targetTypes), Map.of()));
      return this;
    }

    /**
     * A to-one relationship. The target's ID goes into {@code column}, and some of its attributes
     * into columns of the same group.
     */
    Builder relationship(
        String relationship, String column, Map<String, String> columnsByTargetAttribute) {
      for (String name : columnsByTargetAttribute.values()) {
        if (!table.groupOf(column).equals(table.groupOf(name))) {
          throw new IllegalArgumentException(
              "%s and %s belong in one group".formatted(column, name));
        }
      }
      relationships.add(
          new ToOne(relationship, column(column).name(), List.of(), columnsByTargetAttribute));
      return this;
    }

    /** A to-many relationship. The targets' IDs go into {@code column}. */
    Builder relationships(String relationship, String column) {
      relationships.add(new ToMany(relationship, column(column).name()));
      return this;
    }

    ResourceMapping build() {
      return new ResourceMapping(this);
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
  }
}
