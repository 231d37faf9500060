package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Relationship;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.Resource;
import dev.tidegate.transforms.handlers.terminal49.JsonApiDocument.ResourceId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How resources of one type become rows of one table: which attribute and which relationship go
 * into which column. No attribute is lost: those without a column go, together, into {@code extra}.
 *
 * <p>What a resource does not mention, its row keeps; what it gives as null becomes null.
 */
final class ResourceMapping {
  private final String resourceType;
  private final Table table;
  private final Map<String, Column> columnsByAttribute;
  private final List<Link> links;

  private ResourceMapping(Builder builder) {
    resourceType = builder.resourceType;
    table = builder.table;
    columnsByAttribute = Map.copyOf(builder.columnsByAttribute);
    links = List.copyOf(builder.links);
  }

  /** A mapping of resources of {@code resourceType}, whose ID is the key of {@code table}. */
  static Builder of(String resourceType, Table table) {
    return new Builder(resourceType, table);
  }

  String resourceType() {
    return resourceType;
  }

  /** A row of the resource of that ID, of which nothing is said yet. */
  Upsert.Builder row(Event event, String id) {
    return Upsert.into(table, event).key(table.key().get(1).name(), id);
  }

  /**
   * The row that says what {@code resource} says.
   *
   * @throws dev.tidegate.schemas.InvalidValueException where a column cannot hold its value
   */
  Upsert.Builder row(Event event, Resource resource) {
    Upsert.Builder row = row(event, resource.id().id());
    ObjectNode extra = Json.mapper().createObjectNode();
    for (Map.Entry<String, JsonNode> attribute : resource.attributes().properties()) {
      Column column = columnsByAttribute.get(attribute.getKey());
      if (column == null) {
        extra.set(attribute.getKey(), attribute.getValue());
      } else {
        row.set(column.name(), valueFor(column, attribute.getValue()));
      }
    }
    // Empty extra is not written: an unmapped attribute that is absent says nothing either.
    if (!extra.isEmpty()) {
      row.set(Terminal49Tables.EXTRA, extra);
    }
    for (Link link : links) {
      resource
          .relationship(link.relationship())
          .filter(link::accepts)
          .ifPresent(
              relationship ->
                  row.set(link.column(), relationship.target().map(ResourceId::id).orElse(null)));
    }
    return row;
  }

  private static Object valueFor(Column column, JsonNode value) {
    return column.type() == ColumnType.TIMESTAMPTZ ? Timestamps.readOrKeep(value) : value;
  }

  /**
   * A relationship that becomes a column.
   *
   * @param relationship its name in the resource
   * @param column the column that holds its target's ID
   * @param targetTypes what it may point to; to anything where empty
   */
  private record Link(String relationship, String column, List<String> targetTypes) {
    /** A target of another type is not what the column is about, and says nothing of it. */
    boolean accepts(Relationship candidate) {
      return candidate.target().isEmpty()
          || targetTypes.isEmpty()
          || targetTypes.contains(candidate.target().get().type());
    }
  }

  /** Collects a mapping. A name the table does not have is refused at once. */
  static final class Builder {
    private final String resourceType;
    private final Table table;
    private final Map<String, Column> columnsByAttribute = new HashMap<>();
    private final List<Link> links = new ArrayList<>();

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

    /** One attribute whose column has another name. */
    Builder attribute(String attribute, String column) {
      columnsByAttribute.remove(column);
      columnsByAttribute.put(attribute, column(column));
      return this;
    }

    /** A to-one relationship whose target's ID goes into {@code column}. */
    Builder relationship(String relationship, String column, String... targetTypes) {
      links.add(new Link(relationship, column(column).name(), List.of(targetTypes)));
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
