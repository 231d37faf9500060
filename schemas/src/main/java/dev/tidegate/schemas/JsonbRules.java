package dev.tidegate.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;

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
   * @throws IllegalArgumentException for the NUL character or half a surrogate pair in a text or a
   *     name, and for numbers beyond PostgreSQL's {@code numeric}
   */
  static void check(JsonNode node) {
    if (node.isTextual()) {
      ColumnType.checkText(node.textValue());
    } else if (node.isFloatingPointNumber()) {
      BigDecimal number = node.decimalValue();
      if (Math.abs((long) number.scale()) > ColumnType.MAX_NUMERIC_DIGITS) {
        throw new IllegalArgumentException("must not hold a number beyond numeric's range");
      }
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
