package dev.tidegate.local.command;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.tidegate.schemas.Json;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Blob;
import java.sql.SQLException;
import java.sql.Struct;
import java.sql.Timestamp;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.duckdb.DuckDBStruct;
import org.postgresql.util.PGobject;

/**
 * The values of results, from either database: null, numbers, booleans, text, bytes, {@link
 * JsonText}, lists and maps. Everything else is text, times in RFC 3339.
 */
final class ResultValue {
  /** JSON as the database keeps it. */
  record JsonText(String json) {}

  private ResultValue() {}

  /** The plain value of what a JDBC driver returned. */
  static Object plain(Object value) throws SQLException {
    if (value == null
        || value instanceof String
        || value instanceof Number
        || value instanceof Boolean
        || value instanceof byte[]) {
      return value;
    }
    if (value instanceof OffsetDateTime time) {
      return timeText(time);
    }
    if (value instanceof Timestamp time) {
      return time.toLocalDateTime().toString();
    }
    if (value instanceof LocalDateTime time) {
      return infiniteOr(time, LocalDateTime.MAX, LocalDateTime.MIN);
    }
    if (value instanceof LocalDate date) {
      return infiniteOr(date, LocalDate.MAX, LocalDate.MIN);
    }
    if (value instanceof Blob blob) {
      return blob.getBytes(1, Math.toIntExact(blob.length()));
    }
    if (value instanceof PGobject object) {
      return object.getValue();
    }
    if (value instanceof java.sql.Array array) {
      return list((Object[]) array.getArray());
    }
    if (value instanceof Object[] array) {
      return list(array);
    }
    if (value instanceof DuckDBStruct struct) {
      return map(struct.getMap());
    }
    if (value instanceof Struct struct) {
      return list(struct.getAttributes());
    }
    if (value instanceof Map<?, ?> map) {
      return map(map);
    }
    return value.toString();
  }

  private static List<Object> list(Object[] values) throws SQLException {
    List<Object> list = new ArrayList<>(values.length);
    for (Object value : values) {
      list.add(plain(value));
    }
    return list;
  }

  private static Map<String, Object> map(Map<?, ?> values) throws SQLException {
    Map<String, Object> map = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : values.entrySet()) {
      map.put(text(plain(entry.getKey())), plain(entry.getValue()));
    }
    return map;
  }

  private static String timeText(OffsetDateTime time) {
    return time.equals(OffsetDateTime.MAX) || time.equals(OffsetDateTime.MIN)
        ? infiniteOr(time, OffsetDateTime.MAX, OffsetDateTime.MIN)
        : time.toInstant().toString();
  }

  /** PostgreSQL's infinite times arrive as the ends of Java's calendar. */
  private static <T> String infiniteOr(T time, T latest, T earliest) {
    if (time.equals(latest)) {
      return "infinity";
    }
    return time.equals(earliest) ? "-infinity" : time.toString();
  }

  /** {@code value} in a table's or CSV's cell; null is empty. */
  static String text(Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof JsonText text) {
      return text.json();
    }
    if (value instanceof List || value instanceof Map) {
      StringWriter json = new StringWriter();
      try (JsonGenerator generator = Json.mapper().createGenerator(json)) {
        writeJson(value, generator);
      } catch (IOException impossible) {
        throw new UncheckedIOException("a string can always be written to", impossible);
      }
      return json.toString();
    }
    return value.toString();
  }

  /** Writes {@code value} as JSON: bytes in base64, as in the archive. */
  static void writeJson(Object value, JsonGenerator json) throws IOException {
    if (value == null) {
      json.writeNull();
    } else if (value instanceof Boolean truth) {
      json.writeBoolean(truth);
    } else if (value instanceof Number number) {
      writeNumber(number, json);
    } else if (value instanceof byte[] bytes) {
      json.writeString(Base64.getEncoder().encodeToString(bytes));
    } else if (value instanceof JsonText text) {
      json.writeRawValue(text.json());
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        writeJson(element, json);
      }
      json.writeEndArray();
    } else if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName(String.valueOf(entry.getKey()));
        writeJson(entry.getValue(), json);
      }
      json.writeEndObject();
    } else {
      json.writeString(value.toString());
    }
  }

  private static void writeNumber(Number number, JsonGenerator json) throws IOException {
    if (number instanceof BigDecimal exact) {
      json.writeNumber(exact);
    } else if (number instanceof BigInteger exact) {
      json.writeNumber(exact);
    } else if (number instanceof Float single) {
      writeFinite(single, single.toString(), json);
    } else if (number instanceof Double twice) {
      writeFinite(twice, twice.toString(), json);
    } else {
      json.writeNumber(number.longValue());
    }
  }

  /** JSON has no word for what is no number. */
  private static void writeFinite(double number, String text, JsonGenerator json)
      throws IOException {
    if (Double.isFinite(number)) {
      json.writeNumber(text);
    } else {
      json.writeString(text);
    }
  }
}
