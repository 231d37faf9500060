package dev.tidegate.local.command;

import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A column of a result, of PostgreSQL or DuckDB.
 *
 * @param name its label, made unique within the result
 * @param index its number in the result, from 1
 * @param kind how its values are read
 */
record ResultColumn(String name, int index, Kind kind) {
  /** How a column's values are read. */
  enum Kind {
    NUMBER,
    JSON,
    INSTANT,
    LOCAL_TIME,
    DATE,
    ANY
  }

  static List<ResultColumn> of(ResultSetMetaData result) throws SQLException {
    List<ResultColumn> columns = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int index = 1; index <= result.getColumnCount(); index++) {
      String label = result.getColumnLabel(index);
      String name = label;
      for (int repeat = 2; !names.add(name); repeat++) {
        name = label + "_" + repeat;
      }
      columns.add(
          new ResultColumn(
              name, index, kindOf(result.getColumnTypeName(index), result.getColumnType(index))));
    }
    return List.copyOf(columns);
  }

  private static Kind kindOf(String typeName, int type) {
    switch (typeName.toLowerCase(Locale.ROOT)) {
      case "json", "jsonb":
        return Kind.JSON;
      case "timestamptz", "timestamp with time zone":
        return Kind.INSTANT;
      case "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns":
        return Kind.LOCAL_TIME;
      case "hugeint", "uhugeint", "ubigint", "uinteger", "usmallint", "utinyint", "bignum":
        return Kind.NUMBER;
      default:
        break;
    }
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
          Kind.NUMBER;
      case Types.DATE -> Kind.DATE;
      default -> Kind.ANY;
    };
  }

  boolean isNumeric() {
    return kind == Kind.NUMBER;
  }

  /** This column's value in the current row, as {@link ResultValue} understands it. */
  Object valueIn(ResultSet row) throws SQLException {
    switch (kind) {
      case JSON:
        String text = row.getString(index);
        return text == null ? null : new ResultValue.JsonText(text);
      case INSTANT:
        return ResultValue.plain(row.getObject(index, OffsetDateTime.class));
      case LOCAL_TIME:
        return ResultValue.plain(row.getObject(index, LocalDateTime.class));
      case DATE:
        return ResultValue.plain(row.getObject(index, LocalDate.class));
      default:
        return ResultValue.plain(row.getObject(index));
    }
  }
}
