package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Warning;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A notification's resources and how they relate. A member that is missing or null is not there:
 * real notifications leave out all of it, and no lookup ever throws. A member that cannot be read
 * is not there either, and causes a warning.
 */
final class JsonApiDocument {
  private static final String INCLUDED = "/included/";
  private static final String RESOURCE = "must be an object with a type and an ID, both of text";

  private final Resource notification;
  private final Map<ResourceId, Resource> included = new LinkedHashMap<>();
  private final List<Warning> unreadable = new ArrayList<>();
  private Warnings warnings;

  private JsonApiDocument(JsonNode payload) {
    warnings = (pointer, rule) -> unreadable.add(new Warning(pointer, rule));
    notification =
        new Resource(new ResourceId("webhook_notification", ""), payload.path("data"), -1);
    JsonNode resources = payload.path("included");
    if (!isAbsent(resources) && !resources.isArray()) {
      warnings.warn("/included", "must be an array");
    } else {
      readIncluded(resources);
    }
    warnings = Warnings.UNHEARD;
  }

  private void readIncluded(JsonNode resources) {
    int index = 0;
    for (JsonNode node : resources) {
      int place = index++;
      Optional<ResourceId> id = ResourceId.of(node);
      if (id.isEmpty()) {
        warnings.warn(INCLUDED + place, RESOURCE);
      } else if (included.putIfAbsent(id.get(), new Resource(id.get(), node, place)) != null) {
        // JSON:API forbids a second, and any fixed choice converges.
        warnings.warn(INCLUDED + place, "must be included once: the first counts");
      }
    }
  }

  /** The document that {@code payload}, the body of {@code event}, is. */
  static JsonApiDocument of(RawEvent event, JsonNode payload) {
    return event.remembered(JsonApiDocument.class, () -> of(payload));
  }

  /** The document that {@code payload} is. */
  static JsonApiDocument of(JsonNode payload) {
    return new JsonApiDocument(payload);
  }

  /** Tells {@code listener} what cannot be read: now, and whenever it is asked for. */
  void warn(Warnings listener) {
    unreadable.forEach(warning -> listener.warn(warning.pointer(), warning.rule()));
    warnings = listener;
  }

  /** The notification itself. */
  Resource notification() {
    return notification;
  }

  /** What the notification's relationship {@code name} points to, where that has {@code type}. */
  Optional<ResourceId> referenceTo(String type, String name) {
    return notification.target(name).filter(target -> target.type().equals(type));
  }

  /** What the notification is about, where that is a resource of {@code type}. */
  Optional<ResourceId> referenceTo(String type) {
    return referenceTo(type, "reference_object");
  }

  /** The included resource of that identity. */
  Optional<Resource> find(ResourceId id) {
    return Optional.ofNullable(included.get(id));
  }

  /** Every included resource, each once, in the document's order. */
  Collection<Resource> included() {
    return Collections.unmodifiableCollection(included.values());
  }

  private static boolean isAbsent(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  /** Is told what cannot be read. */
  @FunctionalInterface
  interface Warnings {
    /** For a reader that only looks for something. */
    Warnings UNHEARD = (pointer, rule) -> {};

    /**
     * @param pointer where it is
     * @param rule what it must be
     */
    void warn(String pointer, String rule);
  }

  /**
   * What identifies a resource.
   *
   * @param type the kind of resource, {@code container} for example
   * @param id its ID among those of its type
   */
  record ResourceId(String type, String id) {
    /** The identity that {@code node} states. */
    static Optional<ResourceId> of(JsonNode node) {
      JsonNode type = node.path("type");
      JsonNode id = node.path("id");
      return type.isTextual() && id.isTextual() && !id.textValue().isEmpty()
          ? Optional.of(new ResourceId(type.textValue(), id.textValue()))
          : Optional.empty();
    }
  }

  /** A resource as it was included. Its pointers are put together for warnings only. */
  final class Resource {
    private final ResourceId id;
    private final JsonNode attributes;
    private final JsonNode relationships;
    private final int index;

    private Resource(ResourceId id, JsonNode node, int index) {
      this.id = id;
      this.index = index;
      attributes = node.path("attributes");
      relationships = node.path("relationships");
    }

    /** Its identity. */
    ResourceId id() {
      return id;
    }

    /** Where it is in the document, as a JSON pointer. */
    String pointer() {
      return index < 0 ? "/data" : INCLUDED + index;
    }

    /** Its attributes; something without fields where it has none. */
    JsonNode attributes() {
      return attributes.isObject() ? attributes : notAnObject(attributes, "/attributes");
    }

    /** The to-one relationship {@code name}; empty where nothing is said of it. */
    Optional<Relationship> relationship(String name) {
      JsonNode data = relationshipData(name);
      if (data.isNull()) {
        return Optional.of(Relationship.TO_NOTHING);
      }
      Optional<ResourceId> target = ResourceId.of(data);
      if (target.isEmpty() && !data.isMissingNode()) {
        warnings.warn(pointerOf(name) + "/data", RESOURCE);
      }
      return target.map(found -> new Relationship(Optional.of(found)));
    }

    /** What the to-one relationship {@code name} points to; empty where that is nothing. */
    Optional<ResourceId> target(String name) {
      return relationship(name).flatMap(Relationship::target);
    }

    /** What the to-many relationship {@code name} points to; empty where nothing is said of it. */
    Optional<List<ResourceId>> relationships(String name) {
      JsonNode data = relationshipData(name);
      if (!data.isArray()) {
        if (!isAbsent(data)) {
          warnings.warn(pointerOf(name) + "/data", "must be an array");
        }
        return Optional.empty();
      }
      List<ResourceId> targets = new ArrayList<>();
      for (JsonNode each : data) {
        Optional<ResourceId> target = ResourceId.of(each);
        target.ifPresent(targets::add);
        if (target.isEmpty()) {
          warnings.warn("%s/data/%d".formatted(pointerOf(name), targets.size()), RESOURCE);
        }
      }
      return Optional.of(targets);
    }

    String pointerOf(String relationship) {
      return pointer() + relationshipPath(relationship);
    }

    private JsonNode relationshipData(String name) {
      if (!relationships.isObject()) {
        return notAnObject(relationships, "/relationships");
      }
      JsonNode relationship = relationships.path(name);
      return relationship.isObject()
          ? relationship.path("data")
          : notAnObject(relationship, relationshipPath(name));
    }

    private static String relationshipPath(String name) {
      return "/relationships/" + name;
    }

    /** Nothing, where an object was wanted. What is there and is none is warned of. */
    private JsonNode notAnObject(JsonNode value, String path) {
      if (!isAbsent(value)) {
        warnings.warn(pointer() + path, "must be an object");
      }
      return MissingNode.getInstance();
    }
  }

  /**
   * What is said of a to-one relationship.
   *
   * @param target what it points to; empty where it is said to point to nothing
   */
  record Relationship(Optional<ResourceId> target) {
    static final Relationship TO_NOTHING = new Relationship(Optional.empty());
  }
}
