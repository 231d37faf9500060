package dev.tidegate.transforms.handlers.terminal49;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A notification's resources and how they relate. Whatever is missing, null, of another type or not
 * included is simply not there: real notifications leave out all of it, and no lookup ever throws.
 */
final class JsonApiDocument {
  private final Resource notification;
  private final Map<ResourceId, Resource> included = new LinkedHashMap<>();

  private JsonApiDocument(JsonNode payload) {
    notification =
        new Resource(new ResourceId("webhook_notification", ""), payload.path("data"), "/data");
    int index = 0;
    for (JsonNode node : payload.path("included")) {
      String pointer = "/included/" + index++;
      // The first of two wins: JSON:API forbids a second, and any fixed choice converges.
      ResourceId.of(node)
          .ifPresent(id -> included.putIfAbsent(id, new Resource(id, node, pointer)));
    }
  }

  static JsonApiDocument of(JsonNode payload) {
    return new JsonApiDocument(payload);
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

  /**
   * A resource as it was included.
   *
   * @param id its identity
   * @param node the whole of it
   * @param pointer where it is in the document, as a JSON pointer
   */
  record Resource(ResourceId id, JsonNode node, String pointer) {
    /** Its attributes; something without fields where it has none. */
    JsonNode attributes() {
      return node.path("attributes");
    }

    /** The to-one relationship {@code name}; empty where nothing is said of it. */
    Optional<Relationship> relationship(String name) {
      JsonNode data = relationshipData(name);
      if (data.isNull()) {
        return Optional.of(Relationship.TO_NOTHING);
      }
      return ResourceId.of(data).map(id -> new Relationship(Optional.of(id)));
    }

    /** What the to-one relationship {@code name} points to; empty where that is nothing. */
    Optional<ResourceId> target(String name) {
      return relationship(name).flatMap(Relationship::target);
    }

    /** What the to-many relationship {@code name} points to; empty where nothing is said of it. */
    Optional<List<ResourceId>> relationships(String name) {
      JsonNode data = relationshipData(name);
      if (!data.isArray()) {
        return Optional.empty();
      }
      List<ResourceId> targets = new ArrayList<>();
      data.forEach(node -> ResourceId.of(node).ifPresent(targets::add));
      return Optional.of(targets);
    }

    private JsonNode relationshipData(String name) {
      return node.path("relationships").path(name).path("data");
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
