package dev.tidegate.transforms.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.archive.RefusedRow;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryStorageApiInsertError;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Makes a {@link RefusedRow} of what BigQuery and Beam say of a row. Their messages quote values of
 * the row; the reason here names a column at most.
 */
final class Refusals implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final String REFUSED = "BigQuery refused the row";
  private static final String TOO_LARGE = REFUSED + ": it is too large";

  /** The words before a column's name in messages of Beam and BigQuery. */
  private static final Pattern COLUMN =
      Pattern.compile("(?i)(?:column:? |field:? |field name: |root\\.)`?(?:root\\.)?([a-z0-9_]+)");

  private final HashSet<String> columns = new HashSet<>();
  private final HashSet<String> timeColumns = new HashSet<>();

  Refusals(TableSchema schema) {
    for (TableFieldSchema column : schema.getFields()) {
      columns.add(column.getName());
      if (column.getType().equals("TIMESTAMP")) {
        timeColumns.add(column.getName());
      }
    }
  }

  RefusedRow of(BigQueryStorageApiInsertError error) {
    return of(error.getRow(), reasonIn(error.getErrorMessage()));
  }

  /**
   * @param reason why, without values
   */
  RefusedRow of(TableRow row, String reason) {
    try {
      ObjectNode values =
          Json.parseRow(Json.mapper().writeValueAsString(row).getBytes(StandardCharsets.UTF_8))
              .require();
      timeColumns.forEach(column -> respell(values, column));
      return new RefusedRow(Json.write(values), reason);
    } catch (JsonProcessingException impossible) {
      throw new UncheckedIOException("a row can always be written", impossible);
    }
  }

  /** Whether the row was too large for any table. */
  static boolean isTooLarge(String reason) {
    return reason.equals(TOO_LARGE);
  }

  /** The Storage API gives rows back with times in UTC that are spelled like no other. */
  private static void respell(ObjectNode values, String column) {
    JsonNode time = values.path(column);
    if (time.isTextual() && !time.textValue().endsWith("Z")) {
      values.put(column, time.textValue().replaceFirst(" T?", "T") + "Z");
    }
  }

  private String reasonIn(@Nullable String message) {
    String text = message == null ? "" : message;
    if (text.startsWith("Row payload too large")) {
      return TOO_LARGE;
    }
    Matcher named = COLUMN.matcher(text);
    while (named.find()) {
      if (columns.contains(named.group(1))) {
        return REFUSED + ": column " + named.group(1);
      }
    }
    return REFUSED;
  }
}
