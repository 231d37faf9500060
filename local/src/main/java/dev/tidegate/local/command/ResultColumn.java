package dev.tidegate.local.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tidegate.schemas.Json;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Blob;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Struct;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.duckdb.DuckDBStruct;
import org.postgresql.util.PGobject;

/**
 * A column of a result, of PostgreSQL or DuckDB.
 *
 * @param name its label, made unique within the result
 * @param index its number in the result, from 1
 * @param type its type's name in the database
 * @param isNumeric whether its values are numbers
 */
record ResultColumn(String name, int index, String type, boolean isNumeric) {
  private static final ObjectWriter JSON =
      Json.mapper().writer().with(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN);

  /** DuckDB's numbers that JDBC has no type for. */
  private static final Set<String> DUCKDB_NUMBERS =
      Set.of("hugeint", "uhugeint", "ubigint", "uinteger", "usmallint", "utinyint", "bignum");

  /** How many digits of a number people see, unless it has more before its point. */
  private static final int DIGITS = 6;

  private static final int FEWEST_DECIMALS = 2;

  /** What is smaller or larger is written with an exponent. */
  private static final double SMALLEST_PLAIN = 1e-6;

  private static final double LARGEST_PLAIN = 1e15;

  static List<ResultColumn> of(ResultSetMetaData result) throws SQLException {
    List<ResultColumn> columns = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int index = 1; index <= result.getColumnCount(); index++) {
      String label = result.getColumnLabel(index);
      String name = label;
      for (int repeat = 2; !names.add(name); repeat++) {
        name = label + "_" + repeat;
      }
      String type = result.getColumnTypeName(index).toLowerCase(Locale.ROOT);
      columns.add(
          new ResultColumn(name, index, type, isNumeric(type, result.getColumnType(index))));
    }
    return List.copyOf(columns);
  }

  private static boolean isNumeric(String name, int type) {
    return switch (type) {
      case Types.TINYINT,
          Types.SMALLINT,
          Types.INTEGER,
          Types.BIGINT,
          Types.NUMERIC,
          Types.DECIMAL,
          Types.REAL,
          Types.FLOAT,
          Types.DOUBLE ->
          true;
      default -> DUCKDB_NUMBERS.contains(name);
    };
  }

  /**
   * This column's value in the current row: null, a number, boolean, text, bytes, a {@link
   * RawValue} of JSON, a list or a map. Everything else is text, times in RFC 3339.
   */
  Object valueIn(ResultSet row) throws SQLException {
    return switch (type) {
      case "json", "jsonb" -> {
        String text = row.getString(index);
        yield text == null ? null : new RawValue(text);
      }
      case "timestamptz", "timestamp with time zone" ->
          plain(row.getObject(index, OffsetDateTime.class));
      case "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns" ->
          plain(row.getObject(index, LocalDateTime.class));
      case "date" -> plain(row.getObject(index, LocalDate.class));
      default -> plain(row.getObject(index));
    };
  }

  /** The plain value of what a JDBC driver returned. */
  private static Object plain(Object value) throws SQLException {
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
    if (value instanceof byte[] bytes) {
      return "\\x" + HexFormat.of().formatHex(bytes);
    }
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }
    boolean isJson = value instanceof RawValue || value instanceof List || value instanceof Map;
    return isJson ? json(value) : Objects.toString(value, "");
  }

  /**
   * {@code value} in a table that people read. Of numbers with many digits they see six, but all
   * before the point and at least two behind it.
   */
  static String textForPeople(Object value) {
    if (value instanceof Double || value instanceof Float) {
      double number = ((Number) value).doubleValue();
      double size = Math.abs(number);
      boolean isPlain = size == 0 || (size >= SMALLEST_PLAIN && size < LARGEST_PLAIN);
      return isPlain ? rounded(new BigDecimal(value.toString())) : text(value);
    }
    return value instanceof BigDecimal number ? rounded(number) : text(value);
  }

  private static String rounded(BigDecimal number) {
    int before = number.precision() - number.scale();
    int behind = Math.max(FEWEST_DECIMALS, DIGITS - before);
    return number.scale() <= behind
        ? number.toPlainString()
        : number.setScale(behind, RoundingMode.HALF_UP).stripTrailingZeros().toPlainString();
  }

  /** {@code value} as JSON: bytes in Base64, as in the archive; not-a-number is a text. */
  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("plain values can always be written", impossible);
    }
  }
}
