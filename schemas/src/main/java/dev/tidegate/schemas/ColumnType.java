package dev.tidegate.schemas;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Map;

/**
 * The PostgreSQL types a table's columns have, and what each accepts. A value is kept as the text
 * that PostgreSQL reads it from, so that every value of every table travels as {@code text[]}.
 */
public enum ColumnType {
  TEXT("text") {
    @Override
    public String toText(Object value) {
      String text = value instanceof JsonNode node ? scalarText(node) : value.toString();
      ColumnType.checkText(text);
      return text;
    }
  },
  BIGINT("bigint") {
    @Override
    public String toText(Object value) {
      try {
        return Long.toString(toDecimal(value).longValueExact());
      } catch (ArithmeticException notWhole) {
        throw new IllegalArgumentException("must be a whole number of 64 bits");
      }
    }
  },
  NUMERIC("numeric") {
    @Override
    public String toText(Object value) {
      BigDecimal number = toDecimal(value);
      if (Math.abs((long) number.precision() - number.scale()) > MAX_NUMERIC_DIGITS
          || Math.abs((long) number.scale()) > MAX_NUMERIC_DIGITS) {
        throw new IllegalArgumentException(
            "must have at most %d digits".formatted(MAX_NUMERIC_DIGITS));
      }
      return number.toString();
    }
  },
  BOOLEAN("boolean") {
    @Override
    public String toText(Object value) {
      if (value instanceof Boolean bool) {
        return bool.toString();
      }
      if (value instanceof JsonNode node && node.isBoolean()) {
        return node.asText();
      }
      throw new IllegalArgumentException("must be true or false");
    }
  },
  TIMESTAMPTZ("timestamptz") {
    @Override
    public String toText(Object value) {
      if (value instanceof JsonNode node
          && node.isTextual()
          && Rfc3339.isCanonical(node.textValue())) {
        return node.textValue();
      }
      Instant time = value instanceof Instant instant ? instant : toInstant(scalarTextOf(value));
      if (!Microseconds.isStorable(time)) {
        throw new IllegalArgumentException("must lie within years 1 to 9999");
      }
      return Microseconds.toInstant(Microseconds.of(time)).toString();
    }

    private Instant toInstant(String text) {
      return Rfc3339.parse(text)
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "must be a time with an offset, as in RFC 3339, within years 1 to 9999"));
    }
  },
  DATE("date") {
    @Override
    public String toText(Object value) {
      try {
        LocalDate date =
            value instanceof LocalDate localDate ? localDate : LocalDate.parse(scalarTextOf(value));
        if (date.getYear() < 1 || date.getYear() > 9999) {
          throw new IllegalArgumentException("must lie within years 1 to 9999");
        }
        return date.toString();
      } catch (DateTimeException notADate) {
        throw new IllegalArgumentException("must be a date, as in RFC 3339");
      }
    }
  },
  JSONB("jsonb") {
    @Override
    public String toText(Object value) {
      if (!(value instanceof JsonNode node) || node.isMissingNode()) {
        throw new IllegalArgumentException("must be JSON");
      }
      checkJsonb(node);
      return Json.write(node);
    }
  };

  /** More digits than this, before or after the point, are refused: 1e999999 is an attack. */
  static final int MAX_NUMERIC_DIGITS = 1000;

  /** The longest text that is read as a number: its digits on both sides, sign and exponent. */
  private static final int MAX_NUMBER_LENGTH = 2 * MAX_NUMERIC_DIGITS + 20;

  private final String sqlName;

  ColumnType(String sqlName) {
    this.sqlName = sqlName;
  }

  /** The type's name in SQL. */
  public String sqlName() {
    return sqlName;
  }

  /**
   * The text PostgreSQL reads {@code value} from.
   *
   * @param value not null; a Java value of the type's kind, or a JSON scalar
   * @throws IllegalArgumentException where the type cannot hold it; the message says the rule and
   *     never holds the value
   */
  public abstract String toText(Object value);

  /**
   * @throws IllegalArgumentException where PostgreSQL's {@code text} refuses {@code text}
   */
  static void checkText(String text) {
    if (!StorableText.isStorable(text)) {
      throw new IllegalArgumentException("must not hold NUL or half of a surrogate pair");
    }
  }

  /** Whether PostgreSQL's {@code jsonb} takes {@code node} as it is: some of JSON it refuses. */
  public static boolean isJsonb(JsonNode node) {
    try {
      checkJsonb(node);
      return true;
    } catch (IllegalArgumentException refused) {
      return false;
    }
  }

  /**
   * @throws IllegalArgumentException for the NUL character or half a surrogate pair in a text or a
   *     name, and for numbers beyond PostgreSQL's {@code numeric}
   */
  private static void checkJsonb(JsonNode node) {
    if (node.isTextual()) {
      checkText(node.textValue());
    } else if (node.isFloatingPointNumber()
        && Math.abs((long) node.decimalValue().scale()) > MAX_NUMERIC_DIGITS) {
      throw new IllegalArgumentException("must not hold a number beyond numeric's range");
    } else if (node.isObject()) {
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        checkText(field.getKey());
        checkJsonb(field.getValue());
      }
    } else if (node.isArray()) {
      node.forEach(ColumnType::checkJsonb);
    }
  }

  private static String scalarTextOf(Object value) {
    return value instanceof JsonNode node ? scalarText(node) : value.toString();
  }

  private static String scalarText(JsonNode node) {
    if (!node.isValueNode()) {
      throw new IllegalArgumentException("must be a single value, not an array or object");
    }
    return node.asText();
  }

  private static BigDecimal toDecimal(Object value) {
    try {
      if (value instanceof JsonNode node) {
        return node.isNumber() ? node.decimalValue() : parse(scalarText(node));
      }
      return value instanceof BigDecimal decimal ? decimal : parse(value.toString());
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException("must be a number");
    }
  }

  private static BigDecimal parse(String text) {
    // The time BigDecimal takes grows with the square of the length.
    if (text.length() > MAX_NUMBER_LENGTH) {
      throw new IllegalArgumentException(
          "must have at most %d digits".formatted(MAX_NUMERIC_DIGITS));
    }
    return new BigDecimal(text);
  }
}
