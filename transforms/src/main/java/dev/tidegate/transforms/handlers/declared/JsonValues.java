package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cel.common.values.NullValue;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import java.util.AbstractList;
import java.util.AbstractMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.checkerframework.checker.nullness.qual.Nullable;

/** JSON as CEL sees it, and back. Nothing is copied before an expression reads it. */
final class JsonValues {
  private JsonValues() {}

  /** Counts what the expressions of one event read, so that no body makes them read for long. */
  static final class Steps {
    /** Values, and every 64 characters of a text. */
    static final int MOST = 500_000;

    private static final int CHARACTERS = 64;

    private int taken;

    private void take(JsonNode node) {
      taken += 1 + (node.isTextual() ? node.textValue().length() / CHARACTERS : 0);
      if (isOver()) {
        throw new IllegalStateException("too many steps");
      }
    }

    /**
     * @throws PermanentFailureException where they read too much
     */
    void check() {
      if (isOver()) {
        throw PermanentFailureException.invalid(
            "the expressions take more than %d steps together".formatted(MOST));
      }
    }

    private boolean isOver() {
      return taken > MOST;
    }
  }

  /** Whole numbers of 64 bits are {@code int}, all others {@code double}. */
  static Object toCel(JsonNode node, Steps steps) {
    steps.take(node);
    return switch (node.getNodeType()) {
      case STRING -> node.textValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER ->
          node.isIntegralNumber() && node.canConvertToLong()
              ? (Object) node.longValue()
              : (Object) node.doubleValue();
      case OBJECT -> new JsonObject((ObjectNode) node, steps);
      case ARRAY -> new JsonArray((ArrayNode) node, steps);
      default -> NullValue.NULL_VALUE;
    };
  }

  /** The value that a column takes from {@code value}: JSON, or a Java value of its kind. */
  static Object toColumn(Object value) {
    boolean isStructured =
        value instanceof List || value instanceof Map || value instanceof NullValue;
    return isStructured ? toJson(value) : value;
  }

  static JsonNode toJson(Object value) {
    if (value instanceof JsonNode node) {
      return node;
    }
    if (value instanceof JsonObject object) {
      return object.node;
    }
    if (value instanceof JsonArray array) {
      return array.node;
    }
    if (value instanceof NullValue) {
      return NullNode.getInstance();
    }
    if (value instanceof List<?> list) {
      ArrayNode array = Json.mapper().createArrayNode();
      list.forEach(item -> array.add(toJson(item)));
      return array;
    }
    if (value instanceof Map<?, ?> map) {
      ObjectNode object = Json.mapper().createObjectNode();
      map.forEach((name, member) -> object.set(String.valueOf(name), toJson(member)));
      return object;
    }
    return value instanceof Number || value instanceof Boolean
        ? Json.mapper().valueToTree(value)
        : Json.mapper().getNodeFactory().textNode(String.valueOf(toColumn(value)));
  }

  private static final class JsonObject extends AbstractMap<String, Object> {
    private final ObjectNode node;
    private final Steps steps;

    JsonObject(ObjectNode node, Steps steps) {
      this.node = node;
      this.steps = steps;
    }

    @Override
    public @Nullable Object get(Object name) {
      JsonNode member = name instanceof String text ? node.get(text) : null;
      return member == null ? null : toCel(member, steps);
    }

    @Override
    public boolean containsKey(Object name) {
      return name instanceof String text && node.has(text);
    }

    @Override
    public int size() {
      return node.size();
    }

    @Override
    public Set<Entry<String, Object>> entrySet() {
      // In the order of the body: what an expression makes of it must not change by itself.
      Set<Entry<String, Object>> members = new LinkedHashSet<>();
      node.properties()
          .forEach(each -> members.add(Map.entry(each.getKey(), toCel(each.getValue(), steps))));
      return members;
    }
  }

  private static final class JsonArray extends AbstractList<Object> {
    private final ArrayNode node;
    private final Steps steps;

    JsonArray(ArrayNode node, Steps steps) {
      this.node = node;
      this.steps = steps;
    }

    @Override
    public Object get(int index) {
      return toCel(node.get(index), steps);
    }

    @Override
    public int size() {
      return node.size();
    }
  }
}
