package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.networknt.schema.JsonSchemaException;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.PayloadSchema;
import dev.tidegate.transforms.handlers.declared.Expression.Scope;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.SchemaVersionDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.TypeDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.VersionDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The versions of one type's schema. An event of an older version is checked by its own schema and
 * led, step by step, to the newest, which rows read. A type without versions has its schema only.
 */
final class SchemaVersions {
  private final @Nullable VersionDefinition place;

  /** Oldest first. */
  private final List<SchemaVersion> versions;

  /** What events of the newest version must keep. */
  private final @Nullable PayloadSchema newest;

  private SchemaVersions(
      @Nullable VersionDefinition place,
      List<SchemaVersion> versions,
      @Nullable PayloadSchema newest) {
    this.place = place;
    this.versions = versions;
    this.newest = newest;
  }

  private record SchemaVersion(String name, @Nullable PayloadSchema schema, Upcast upcast) {
    /** Checks {@code payload}; the message of a violation names the version. */
    void check(JsonNode payload) {
      if (schema != null) {
        try {
          schema.check(payload);
        } catch (PermanentFailureException violated) {
          throw PermanentFailureException.invalid(
              "schema version %s: %s".formatted(name, violated.getMessage()));
        }
      }
    }
  }

  /** The result of {@link #read} for an event, for the next caller. */
  private record Led(SchemaVersions by, Scope scope) {}

  /** Compiles the versions of a type; mistakes are noted in the document. */
  static SchemaVersions compile(
      TypeDefinition definition,
      @Nullable VersionDefinition place,
      YamlDocument document,
      String pointer) {
    PayloadSchema newest = compile(definition.schema(), document, pointer + "/schema");
    Optional<String> last = definition.newestVersion();
    if (last.isPresent() && place == null) {
      document.mistake(pointer + "/versions", "needs event.version, which says where it is");
    }
    List<SchemaVersion> versions = new ArrayList<>();
    for (Map.Entry<String, SchemaVersionDefinition> each : definition.versions().entrySet()) {
      String name = each.getKey();
      String at = pointer + "/versions/" + YamlDocument.escaped(name);
      if (!Event.isName(name)) {
        document.mistake(at, "must be a name: " + Event.NAME_RULE);
      }
      boolean isNewest = name.equals(last.get());
      if (isNewest && each.getValue().upcast() != null) {
        document.mistake(at + "/upcast", "leads nowhere: this version is the newest");
      }
      PayloadSchema schema = compile(each.getValue().schema(), document, at + "/schema");
      if (isNewest && each.getValue().schema() != null) {
        if (definition.schema() != null && !definition.schema().equals(each.getValue().schema())) {
          document.mistake(
              pointer + "/schema", "is not that of the newest version, %s".formatted(name));
        }
        newest = schema;
      }
      versions.add(
          new SchemaVersion(name, schema, Upcast.compile(each.getValue().upcast(), document, at)));
    }
    return new SchemaVersions(place, versions, newest);
  }

  private static @Nullable PayloadSchema compile(
      @Nullable JsonNode schema, YamlDocument document, String pointer) {
    if (schema == null) {
      return null;
    }
    try {
      return PayloadSchema.of(schema);
    } catch (JsonSchemaException noSchema) {
      document.mistake(
          pointer,
          "is not a JSON Schema, refers to another file or to itself without end, or has a pattern"
              + " that RE2 does not take");
      return null;
    }
  }

  /**
   * Checks {@code event} and leads it to the newest version: once.
   *
   * @return what expressions read; its payload is the event's own where the event is of the newest
   *     version
   * @throws PermanentFailureException where its version is unknown, or a schema or a step does not
   *     take it
   */
  Scope read(Event event) {
    Led led = event.raw().remembered(Led.class, () -> new Led(this, lead(event)));
    return led.by == this ? led.scope : lead(event);
  }

  private Scope lead(Event event) {
    JsonNode said = said(event);
    Optional<String> version =
        Optional.of(said.asText()).filter(text -> said.isValueNode() && Event.isName(text));
    Scope scope = Scope.of(event, version);
    int at = versions.isEmpty() ? -1 : indexOf(said, version);
    for (; at >= 0 && at < versions.size() - 1; at++) {
      versions.get(at).check(scope.payload());
      scope = scope.withPayload(versions.get(at).upcast.apply(scope, versions.get(at).name));
    }
    if (newest != null) {
      newest.check(scope.payload());
    }
    return scope;
  }

  /** The event's version, or the default if it names none. */
  private JsonNode said(Event event) {
    if (place == null) {
      return MissingNode.getInstance();
    }
    JsonNode said =
        place.from().isInBody()
            ? event.payload().at(place.from().pointer())
            : event
                .raw()
                .schemaVersion()
                .<JsonNode>map(TextNode::valueOf)
                .orElse(MissingNode.getInstance());
    boolean isSilent = said.isMissingNode() || said.isNull();
    return isSilent && place.otherwise() != null ? TextNode.valueOf(place.otherwise()) : said;
  }

  private int indexOf(JsonNode said, Optional<String> version) {
    for (int i = versions.size() - 1; i >= 0; i--) {
      if (version.isPresent() && version.get().equals(versions.get(i).name)) {
        return i;
      }
    }
    throw PermanentFailureException.invalid(
        "%s in %s; known are %s"
            .formatted(
                said.isMissingNode() || said.isNull()
                    ? "there is no schema version"
                    : "the schema version is unknown",
                place.from(),
                String.join(", ", versions.stream().map(SchemaVersion::name).toList())));
  }
}
