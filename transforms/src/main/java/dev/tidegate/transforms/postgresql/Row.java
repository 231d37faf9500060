package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
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
    return namesIn(group, columns)
        .map(columns::get)
        .filter(Objects::nonNull)
        .map(Said::version)
        .max(Version::compareTexts)
        .orElse(null);
  }

  /**
   * The version of each column that is older than its group's, as JSON: {@code ""} for a column
   * that is not mentioned. Null where there is none.
   */
  static @Nullable String columnVersionsOf(List<ColumnGroup> groups, Map<String, Said> columns) {
    ObjectNode older = Json.mapper().createObjectNode();
    for (ColumnGroup group : groups) {
      String newest = versionOf(group, columns);
      if (newest != null) {
        namesIn(group, columns)
            .forEach(
                name -> {
                  Said said = columns.get(name);
                  if (said == null || !said.version.equals(newest)) {
                    older.put(name, said == null ? "" : said.version);
                  }
                });
      }
    }
    return older.isEmpty() ? null : Json.write(older);
  }

  /** The fields that are mentioned of {@code column}, as a JSON object; null where none is. */
  static @Nullable String fieldsOf(Column column, Map<String, Said> columns) {
    String prefix = column.nameOf("");
    String fields =
        columns.entrySet().stream()
            .filter(said -> said.getKey().startsWith(prefix))
            .map(
                said ->
                    Json.write(TextNode.valueOf(said.getKey().substring(prefix.length())))
                        + ':'
                        + said.getValue().value)
            .collect(joining(","));
    return fields.isEmpty() ? null : '{' + fields + '}';
  }

  /** The names of the group's columns, or of the fields that are mentioned of its only one. */
  private static Stream<String> namesIn(ColumnGroup group, Map<String, Said> columns) {
    Column first = group.columns().get(0);
    return first.byField()
        ? columns.keySet().stream().filter(name -> name.startsWith(first.nameOf("")))
        : group.columns().stream().map(Column::name);
  }

  /**
   * What is said of a column.
   *
   * @param version the version it is said under
   * @param value as PostgreSQL reads it
   */
  record Said(String version, @Nullable String value) {}
}
