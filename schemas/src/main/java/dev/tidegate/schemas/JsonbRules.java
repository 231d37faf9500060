package dev.tidegate.schemas;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
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
   * Whether {@code jsonb} takes {@code body} as it came. Every token counts: {@link Json#parse}
   * keeps the last value of a repeated key, but PostgreSQL reads all of them. Texts are checked
   * only where the body has an escape: in valid UTF-8 nothing else can write what PostgreSQL
   * refuses.
   *
   * @param body what {@link Json#parse} took
   */
  public static boolean accepts(byte[] body) {
    if (beginsWithMark(body)) {
      return false;
    }
    boolean withTexts = hasEscape(body);
    try (JsonParser parser = Json.mapper().getFactory().createParser(body)) {
      JsonToken token = parser.nextToken();
      while (token != null) {
        if (!accepts(parser, token, withTexts)) {
          return false;
        }
        token = parser.nextToken();
      }
      return true;
    } catch (IOException | NumberFormatException notJson) {
      return false;
    }
  }

  private static boolean accepts(JsonParser parser, JsonToken token, boolean withTexts)
      throws IOException {
    return switch (token) {
      case FIELD_NAME, VALUE_STRING -> !withTexts || StorableText.isStorable(parser.getText());
      case VALUE_NUMBER_FLOAT -> isInRange(parser.getDecimalValue());
      default -> true;
    };
  }

  /** Whether {@code body} begins with a byte order mark, which Java skips and jsonb refuses. */
  private static boolean beginsWithMark(byte[] body) {
    return body.length > 0 && body[0] == (byte) 0xEF;
  }

  private static boolean hasEscape(byte[] body) {
    for (byte each : body) {
      if (each == '\\') {
        return true;
      }
    }
    return false;
  }

  private static boolean isInRange(BigDecimal number) {
    return Math.abs((long) number.scale()) <= ColumnType.MAX_NUMERIC_DIGITS;
  }

  /**
   * @throws IllegalArgumentException for the NUL character or half a surrogate pair in a text or a
   *     name, and for numbers beyond PostgreSQL's {@code numeric}
   */
  static void check(JsonNode node) {
    if (node.isTextual()) {
      ColumnType.checkText(node.textValue());
    } else if (node.isFloatingPointNumber() && !isInRange(node.decimalValue())) {
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
