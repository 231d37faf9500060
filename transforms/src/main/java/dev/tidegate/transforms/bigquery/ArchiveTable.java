package dev.tidegate.transforms.bigquery;

import com.google.api.services.bigquery.model.Clustering;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableSchema;
import com.google.api.services.bigquery.model.TimePartitioning;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.files.ArchiveFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The definition of a table of the archive: what it is created from where it is absent. */
final class ArchiveTable {
  private final ArchiveFormat<?> format;
  private final TableSchema schema;

  private ArchiveTable(ArchiveFormat<?> format, TableSchema schema) {
    this.format = format;
    this.schema = schema;
  }

  /** The table of {@code format}, as {@code schemas/} defines it. */
  static ArchiveTable of(ArchiveFormat<?> format) {
    String resource = "/dev/tidegate/schemas/bigquery/" + format.table() + ".json";
    try (InputStream in = Json.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no schema of the table " + format.table());
      }
      List<TableFieldSchema> columns = new ArrayList<>();
      for (Map<?, ?> column : Json.mapper().readValue(in, Map[].class)) {
        columns.add(
            new TableFieldSchema()
                .setName(text(column, "name"))
                .setType(text(column, "type"))
                .setMode(text(column, "mode"))
                .setDescription(text(column, "description")));
      }
      return new ArchiveTable(format, new TableSchema().setFields(columns));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  TableSchema schema() {
    return schema;
  }

  /** By day. */
  TimePartitioning partitioning() {
    return new TimePartitioning().setType("DAY").setField(format.timeColumn());
  }

  Clustering clustering() {
    return new Clustering().setFields(format.clusteringColumns());
  }

  private static String text(Map<?, ?> column, String property) {
    return String.valueOf(column.get(property));
  }
}
