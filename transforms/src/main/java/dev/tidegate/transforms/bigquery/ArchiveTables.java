package dev.tidegate.transforms.bigquery;

import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.transforms.files.ArchiveFormat;
import dev.tidegate.transforms.files.DeadLetterFormat;
import dev.tidegate.transforms.files.EventOutcomeFormat;
import dev.tidegate.transforms.files.RawEventFormat;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The archive's tables in BigQuery, and how another table differs from one of them. */
public final class ArchiveTables {
  /** BigQuery takes and tells either name. */
  private static final Map<String, String> SYNONYMS =
      Map.of("BOOL", "BOOLEAN", "INT64", "INTEGER", "FLOAT64", "FLOAT");

  private ArchiveTables() {}

  /** Each table's columns, by its name. */
  public static Map<String, TableSchema> schemas() {
    Map<String, TableSchema> schemas = new LinkedHashMap<>();
    for (ArchiveFormat<?> format :
        List.of(
            // No source is needed to tell the columns.
            new RawEventFormat(EventSources.of(List.of())),
            new DeadLetterFormat(),
            new EventOutcomeFormat())) {
      schemas.put(format.table(), ArchiveTable.of(format).schema());
    }
    return schemas;
  }

  /**
   * Why rows of {@code ours} do not fit into {@code theirs}: a column each. Columns that they have
   * beyond ours do no harm, unless they want a value.
   */
  public static List<String> differences(TableSchema ours, TableSchema theirs) {
    Map<String, TableFieldSchema> columns = byName(theirs);
    List<String> differences = new ArrayList<>();
    for (TableFieldSchema column : ours.getFields()) {
      TableFieldSchema theirColumn = columns.remove(nameOf(column));
      if (theirColumn == null) {
        differences.add("the column %s is missing".formatted(column.getName()));
      } else if (!typeOf(column).equals(typeOf(theirColumn))) {
        differences.add(
            "the column %s must be %s and is %s"
                .formatted(column.getName(), typeOf(column), typeOf(theirColumn)));
      } else if (isRequired(theirColumn) && !isRequired(column)) {
        differences.add("the column %s must be NULLABLE".formatted(column.getName()));
      }
    }
    columns.values().stream()
        .filter(ArchiveTables::isRequired)
        .forEach(
            column ->
                differences.add(
                    "the column %s is none of ours and must be NULLABLE"
                        .formatted(column.getName())));
    return differences;
  }

  private static Map<String, TableFieldSchema> byName(TableSchema schema) {
    Map<String, TableFieldSchema> columns = new LinkedHashMap<>();
    if (schema.getFields() != null) {
      schema.getFields().forEach(column -> columns.put(nameOf(column), column));
    }
    return columns;
  }

  private static String nameOf(TableFieldSchema column) {
    return column.getName().toLowerCase(Locale.ROOT);
  }

  private static String typeOf(TableFieldSchema column) {
    return SYNONYMS.getOrDefault(column.getType(), column.getType());
  }

  private static boolean isRequired(TableFieldSchema column) {
    return "REQUIRED".equals(column.getMode());
  }
}
