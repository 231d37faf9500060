package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.Expression.Failure;
import dev.tidegate.transforms.handlers.declared.Expression.Mistake;
import dev.tidegate.transforms.handlers.declared.Expression.Scope;
import dev.tidegate.transforms.handlers.declared.Expression.Variable;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.UpcastDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The step from one version of a schema to the next: first what goes is removed, then values are
 * set. Its expressions read the event as it was before the step, so that their order decides
 * nothing.
 */
final class Upcast {
  private static final Upcast NOTHING = new Upcast(Map.of(), List.of());

  private final Map<JsonPointer, Expression> set;
  private final List<JsonPointer> remove;

  private Upcast(Map<JsonPointer, Expression> set, List<JsonPointer> remove) {
    this.set = set;
    this.remove = remove;
  }

  /**
   * Compiles the step from a version; mistakes are noted in the document.
   *
   * @param pointer the place of the version
   */
  static Upcast compile(
      @Nullable UpcastDefinition definition, YamlDocument document, String pointer) {
    if (definition == null) {
      return NOTHING;
    }
    Map<JsonPointer, Expression> set = new LinkedHashMap<>();
    definition
        .set()
        .forEach(
            (place, text) -> {
              String at = pointer + "/upcast/set/" + YamlDocument.escaped(place);
              try {
                Expression expression = Expression.compile(text, Variable.OF_EVENTS);
                if (isPlace(place, document, at)) {
                  set.put(JsonPointer.compile(place), expression);
                }
              } catch (Mistake mistake) {
                document.mistake(at, mistake.getMessage());
              }
            });
    List<JsonPointer> remove = new ArrayList<>();
    for (int i = 0; i < definition.remove().size(); i++) {
      String place = definition.remove().get(i);
      if (isPlace(place, document, "%s/upcast/remove/%d".formatted(pointer, i))) {
        remove.add(JsonPointer.compile(place));
      }
    }
    return new Upcast(set, remove);
  }

  private static boolean isPlace(String place, YamlDocument document, String at) {
    boolean isPlace = place.startsWith("/");
    if (!isPlace) {
      document.mistake(at, "must be a JSON pointer, as in /order/total");
    }
    return isPlace;
  }

  /**
   * The payload of {@code scope}, in the next version. The payload itself stays as it is.
   *
   * @param version the version before the step, for messages
   * @throws PermanentFailureException where an expression fails, or a value has no place
   */
  JsonNode apply(Scope scope, String version) {
    if (set.isEmpty() && remove.isEmpty()) {
      return scope.payload();
    }
    ObjectNode payload = scope.payload().deepCopy();
    remove.forEach(pointer -> remove(payload, pointer));
    set.forEach(
        (pointer, expression) -> {
          try {
            JsonNode value = JsonValues.toJson(expression.evaluate(scope));
            if (value != MissingNode.getInstance()) {
              // A part of the payload that is set in two places must not become one node.
              put(payload, pointer, value.deepCopy());
            }
          } catch (Failure failure) {
            throw PermanentFailureException.invalid(
                "upcast of schema version %s: %s: %s"
                    .formatted(version, pointer, failure.getMessage()));
          }
        });
    return payload;
  }

  private static void remove(JsonNode payload, JsonPointer pointer) {
    JsonNode parent = payload.at(pointer.head());
    if (parent instanceof ObjectNode object) {
      object.remove(pointer.last().getMatchingProperty());
    } else if (parent instanceof ArrayNode array) {
      array.remove(pointer.last().getMatchingIndex());
    }
  }

  /** Makes the objects that are missing on the way; a list has the items that it has. */
  private static void put(JsonNode payload, JsonPointer pointer, JsonNode value) throws Failure {
    JsonNode parent = payload;
    JsonPointer at = pointer;
    while (!at.tail().matches()) {
      JsonNode child = child(parent, at);
      if (child.isMissingNode() || child.isNull()) {
        child = Json.mapper().createObjectNode();
        set(parent, at, child);
      }
      parent = child;
      at = at.tail();
    }
    set(parent, at, value);
  }

  private static JsonNode child(JsonNode parent, JsonPointer at) {
    return parent.isArray()
        ? parent.path(at.getMatchingIndex())
        : parent.path(at.getMatchingProperty());
  }

  private static void set(JsonNode parent, JsonPointer at, JsonNode value) throws Failure {
    if (parent instanceof ObjectNode object) {
      object.set(at.getMatchingProperty(), value);
    } else if (!(parent instanceof ArrayNode array)) {
      throw new Failure("stands within what is neither an object nor a list");
    } else if (array.has(at.getMatchingIndex())) {
      array.set(at.getMatchingIndex(), value);
    }
  }
}
