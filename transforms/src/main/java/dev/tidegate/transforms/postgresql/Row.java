package dev.tidegate.transforms.postgresql;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * What a batch says of one row: of each column the newest that any of its events said. One
 * statement may touch a row only once, so that this is settled before it reaches the database.
 */
final class Row {
  private final List<String> key;
  private final List<Upsert> upserts = new ArrayList<>(1);

  Row(List<String> key) {
    this.key = key;
  }

  List<String> key() {
    return key;
  }

  /** Adds what one more event says. */
  void merge(Upsert upsert) {
    upserts.add(upsert);
  }

  /** What is said of every column that is mentioned, by the column's name. */
  Map<String, Said> columns() {
    Map<String, Said> columns = new HashMap<>();
    // From the oldest: what comes later is newer.
    upserts.sort((first, second) -> Version.compareTexts(first.version(), second.version()));
    for (Upsert upsert : upserts) {
      upsert
          .columns()
          .forEach((column, value) -> columns.put(column, new Said(upsert.version(), value)));
    }
    return columns;
  }

  /** The newest version of any column of {@code group}; null where none is mentioned. */
  static @Nullable String versionOf(ColumnGroup group, Map<String, Said> columns) {
    String newest = null;
    for (Column column : group.columns()) {
      Said said = columns.get(column.name());
      if (said != null && (newest == null || Version.compareTexts(said.version, newest) > 0)) {
        newest = said.version;
      }
    }
    return newest;
  }

  /**
   * The version of each column that is older than its group's, as JSON: {@code ""} for a column
   * that is not mentioned. Null where there is none.
   */
  static @Nullable String columnVersionsOf(List<ColumnGroup> groups, Map<String, Said> columns) {
    ObjectNode older = null;
    for (ColumnGroup group : groups) {
      String newest = versionOf(group, columns);
      for (Column column : group.columns()) {
        Said said = columns.get(column.name());
        if (newest != null && (said == null || !said.version.equals(newest))) {
          older = older == null ? Json.mapper().createObjectNode() : older;
          older.put(column.name(), said == null ? "" : said.version);
        }
      }
    }
    return older == null ? null : Json.write(older);
  }

  /**
   * What is said of a column.
   *
   * @param version the version it is said under
   * @param value as PostgreSQL reads it
   */
  record Said(String version, @Nullable String value) {}
}
