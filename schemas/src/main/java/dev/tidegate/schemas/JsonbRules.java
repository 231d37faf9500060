package dev.tidegate.schemas;

import com.fasterxml.jackson.databind.JsonNode;

/** What PostgreSQL's {@code jsonb} refuses although it is JSON. */
public final class JsonbRules {
  private JsonbRules() {}

  /** Whether {@code jsonb} takes {@code node} as it is. */
  public static boolean accepts(JsonNode node) {
    try {
      check(node);
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  /**
   * Whether {@code jsonb} takes {@code body}. The same as {@link #accepts(JsonNode)} for less:
   * texts are looked at only where the body has an escape, for nothing else can name in valid UTF-8
   * what is refused. A quarter of what the sink's own code cost went there.
   *
   * @param body what {@link Json#parse} took
   * @param parsed what it made of it
   */
  public static boolean accepts(byte[] body, JsonNode parsed) {
    return hasEscape(body) ? accepts(parsed) : numbersAreInRange(parsed);
  }

  private static boolean hasEscape(byte[] body) {
    for (byte each : body) {
      if (each == '\\') {
        return true;
      }
    }
    return false;
  }

  private static boolean numbersAreInRange(JsonNode node) {
    if (node.isContainerNode()) {
      for (JsonNode child : node) {
        if (!numbersAreInRange(child)) {
          return false;
        }
      }
    }
    return isInRange(node);
  }

  private static boolean isInRange(JsonNode node) {
    return !node.isFloatingPointNumber()
        || Math.abs((long) node.decimalValue().scale()) <= ColumnType.MAX_NUMERIC_DIGITS;
  }

  /**
   * @throws IllegalArgumentException for the NUL character or half a surrogate pair in a text or a
   *     name, and for numbers beyond PostgreSQL's {@code numeric}
   */
  static void check(JsonNode node) {
    if (node.isTextual()) {
      ColumnType.checkText(node.textValue());
    } else if (!isInRange(node)) {
      throw new IllegalArgumentException("must not hold a number beyond numeric's range");
    } else if (node.isObject()) {
      node.fields()
          .forEachRemaining(
              field -> {
                ColumnType.checkText(field.getKey());
                check(field.getValue());
              });
    } else if (node.isArray()) {
      node.forEach(JsonbRules::check);
    }
  }
}
