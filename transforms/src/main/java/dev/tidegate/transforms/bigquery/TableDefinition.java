package dev.tidegate.transforms.bigquery;

import com.fasterxml.jackson.databind.util.RawValue;
import com.google.api.services.bigquery.model.Clustering;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import com.google.api.services.bigquery.model.TimePartitioning;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.transforms.archive.ArchiveTable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The definition of a table of the archive: an absent table is created from it, and other tables
 * and rows are compared with it.
 */
public final class TableDefinition {
  /** BigQuery takes and tells either name. */
  private static final Map<String, String> SYNONYMS =
      Map.of("BOOL", "BOOLEAN", "INT64", "INTEGER", "FLOAT64", "FLOAT");

  private final ArchiveTable<?> table;
  private final TableSchema schema;
  private final Map<String, TableFieldSchema> columns;

  TableDefinition(ArchiveTable<?> table, TableSchema schema) {
    this.table = table;
    this.schema = schema;
    this.columns = byName(schema);
  }

  /** The table of {@code table}, as {@code schemas/} defines it. */
  public static TableDefinition of(ArchiveTable<?> table) {
    String resource = "/dev/tidegate/schemas/bigquery/" + table.name() + ".json";
    try (InputStream in = Json.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no schema of the table " + table.name());
      }
      List<TableFieldSchema> columns =
          List.of(Json.mapper().readValue(in, TableFieldSchema[].class));
      return new TableDefinition(table, new TableSchema().setFields(columns));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The table's name. */
  public String name() {
    return table.name();
  }

  /** The table's columns. */
  public TableSchema schema() {
    return schema;
  }

  /** By day. */
  TimePartitioning partitioning() {
    return new TimePartitioning().setType("DAY").setField(table.timeColumn());
  }

  Clustering clustering() {
    return new Clustering().setFields(table.clusteringColumns());
  }

  /**
   * Why rows of this table do not fit into {@code theirs}: a column each. Further columns of theirs
   * do no harm, unless they require a value.
   */
  public List<String> differences(TableSchema theirs) {
    Map<String, TableFieldSchema> others = byName(theirs);
    List<String> differences = new ArrayList<>();
    for (TableFieldSchema column : schema.getFields()) {
      TableFieldSchema other = others.remove(column.getName());
      if (other == null) {
        differences.add("the column %s is missing".formatted(column.getName()));
      } else if (!typeOf(column).equals(typeOf(other))) {
        differences.add(
            "the column %s must be %s and is %s"
                .formatted(column.getName(), typeOf(column), typeOf(other)));
      } else if (isRequired(other) && !isRequired(column)) {
        differences.add("the column %s must be NULLABLE".formatted(column.getName()));
      }
    }
    others.values().stream()
        .filter(TableDefinition::isRequired)
        .forEach(
            column ->
                differences.add(
                    "the column %s does not belong to Tidegate, and must be NULLABLE"
                        .formatted(column.getName())));
    return differences;
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
        .filter(column -> isRequired(column) && !row.containsKey(column.getName()))
        .map(column -> "column %s is missing".formatted(column.getName()))
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

  /** BigQuery's names of columns are the same in any case. */
  private static Map<String, TableFieldSchema> byName(TableSchema schema) {
    Map<String, TableFieldSchema> columns = new LinkedHashMap<>();
    if (schema.getFields() != null) {
      schema
          .getFields()
          .forEach(column -> columns.put(column.getName().toLowerCase(Locale.ROOT), column));
    }
    return columns;
  }

  private static String typeOf(TableFieldSchema column) {
    return SYNONYMS.getOrDefault(column.getType(), column.getType());
  }

  private static boolean isRequired(TableFieldSchema column) {
    return "REQUIRED".equals(column.getMode());
  }
}
