package dev.tidegate.transforms.bigquery;

import com.fasterxml.jackson.databind.util.RawValue;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.schemas.Microseconds;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Holds rows against their table's schema before a load job, which would fail as a whole for one
 * bad row and name none.
 */
final class RowCheck {
  private final Map<String, TableFieldSchema> columns = new HashMap<>();

  RowCheck(TableSchema schema) {
    schema.getFields().forEach(column -> columns.put(column.getName(), column));
  }

  /** Why a load job would refuse {@code row}, without values; empty where it would not. */
  Optional<String> mistakeIn(TableRow row) {
    for (Map.Entry<String, Object> value : row.entrySet()) {
      TableFieldSchema column = columns.get(value.getKey());
      if (column == null) {
        return Optional.of("the table has no column " + value.getKey());
      }
      if (!fits(column.getType(), value.getValue())) {
        return Optional.of("column %s must be %s".formatted(column.getName(), column.getType()));
      }
    }
    return columns.values().stream()
        .filter(column -> "REQUIRED".equals(column.getMode()) && !row.containsKey(column.getName()))
        .map(column -> "column %s is missing".formatted(column.getName()))
        .sorted()
        .findFirst();
  }

  private static boolean fits(String type, Object value) {
    return switch (type) {
      // Base64, which only this package writes.
      case "STRING", "BYTES" -> value instanceof String;
      case "INTEGER" -> value instanceof Long;
      case "FLOAT" -> value instanceof Double number && Double.isFinite(number);
      case "BOOLEAN" -> value instanceof Boolean;
      case "JSON" -> value instanceof RawValue;
      case "TIMESTAMP" -> value instanceof String text && isTime(text);
      default -> false;
    };
  }

  private static boolean isTime(String text) {
    try {
      return Microseconds.isStorable(Instant.parse(text));
    } catch (DateTimeException notATime) {
      return false;
    }
  }
}
