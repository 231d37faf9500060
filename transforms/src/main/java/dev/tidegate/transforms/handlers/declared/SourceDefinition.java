package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.YamlDocument;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What the file of a declared source says, as it stands there: {@code source.schema.json} is its
 * grammar.
 */
record SourceDefinition(
    String source,
    List<String> tenants,
    EventDefinition event,
    Map<String, TableDefinition> tables,
    Map<String, TypeDefinition> events) {
  private static final JsonSchema SCHEMA =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(
              SourceDefinition.class.getResourceAsStream(
                  "/dev/tidegate/schemas/source.schema.json"),
              SchemaValidatorsConfig.builder().pathType(PathType.JSON_POINTER).build());

  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS).build();

  SourceDefinition {
    tenants = Objects.requireNonNullElse(tenants, List.of());
    event = Objects.requireNonNullElse(event, new EventDefinition(null, null, null));
    tables = Objects.requireNonNullElse(tables, Map.of());
  }

  /**
   * Reads {@code document}, where it keeps the grammar.
   *
   * @return null where it has mistakes: they are noted in the document
   */
  static @Nullable SourceDefinition read(YamlDocument document) {
    document.check(SCHEMA);
    if (!document.mistakes().isEmpty()) {
      return null;
    }
    try {
      return MAPPER.treeToValue(document.root(), SourceDefinition.class);
    } catch (JsonProcessingException unlikeTheSchema) {
      throw new IllegalStateException(
          "the schema lets through what cannot be read", unlikeTheSchema);
    }
  }

  /** Whether the rows of a type are said, and not those of another that it means. */
  boolean hasRows(String type) {
    return events.containsKey(type) && events.get(type).rows() != null;
  }

  /** Where identity and time are. */
  record EventDefinition(@Nullable Place id, @Nullable Place type, @Nullable TimeDefinition time) {}

  /** A place in the body, or an attribute of the message. */
  record Place(@Nullable JsonPointer pointer, String attribute) {
    @JsonCreator
    static Place of(String text) {
      String[] parts = text.split(":", 2);
      return parts[0].equals("body")
          ? new Place(JsonPointer.compile(parts[1]), "")
          : new Place(null, parts[1]);
    }

    boolean isInBody() {
      return pointer != null;
    }

    @Override
    public String toString() {
      return isInBody() ? "body:" + pointer : "attribute:" + attribute;
    }
  }

  /** Where an event's time is, how it is written, and what counts where there is none. */
  record TimeDefinition(Place from, @JsonProperty("as") TimeFormat format, Otherwise otherwise) {
    TimeDefinition {
      format = Objects.requireNonNullElse(format, TimeFormat.RFC3339);
      otherwise = Objects.requireNonNullElse(otherwise, Otherwise.NONE);
    }
  }

  /** What counts where an event has no time. */
  enum Otherwise {
    @JsonProperty("none")
    NONE,
    @JsonProperty("received")
    RECEIVED
  }

  /** Names and types of a table's columns. */
  record TableDefinition(
      LinkedHashMap<String, ColumnType> key,
      LinkedHashMap<String, LinkedHashMap<String, ColumnType>> groups,
      boolean extra) {
    TableDefinition {
      groups = Objects.requireNonNullElse(groups, new LinkedHashMap<>());
    }
  }

  /**
   * What events of one type must keep, and the rows that they mean; or a type that means the same.
   */
  record TypeDefinition(
      @Nullable String as, @Nullable JsonNode schema, @Nullable List<RowDefinition> rows) {}

  /** The expressions of a row, or of one row for each item of a list. */
  record RowDefinition(
      String table,
      LinkedHashMap<String, String> key,
      LinkedHashMap<String, String> set,
      @Nullable String when,
      @JsonProperty("for_each") @Nullable String forEach,
      @Nullable String extra) {
    RowDefinition {
      set = Objects.requireNonNullElse(set, new LinkedHashMap<>());
    }
  }
}
