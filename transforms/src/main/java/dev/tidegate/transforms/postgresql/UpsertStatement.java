package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The one statement that writes any number of rows of a {@link Table}, each group only where its
 * version is newer than the row's (DESIGN.md, promise 2). Values travel as arrays of text and are
 * cast by the server, so that the statement's text holds no value and is the same for every batch.
 */
final class UpsertStatement {
  private final Table table;
  private final String sql;

  UpsertStatement(Table table) {
    this.table = table;
    this.sql = sqlOf(table);
  }

  String sql() {
    return sql;
  }

  /**
   * Writes {@code rows}, which must hold no key twice.
   *
   * @return of each row that was touched, by its key, the versions of its groups now; the other
   *     rows knew nothing older
   */
  Map<List<String>, Map<String, String>> execute(Connection connection, List<Row> rows)
      throws SQLException {
    List<String[]> arrays = new ArrayList<>();
    for (int i = 0; i < table.key().size(); i++) {
      int column = i;
      arrays.add(rows.stream().map(row -> row.key().get(column)).toArray(String[]::new));
    }
    for (ColumnGroup group : table.groups()) {
      arrays.addAll(arraysOf(group, rows));
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int parameter = 1;
      for (String[] array : arrays) {
        statement.setArray(parameter++, connection.createArrayOf("text", array));
      }
      try (ResultSet touched = statement.executeQuery()) {
        return versionsIn(touched);
      }
    }
  }

  /** An array for each of the group's columns, and one for its version. */
  private static List<String[]> arraysOf(ColumnGroup group, List<Row> rows) {
    int columns = group.columns().size();
    String[][] arrays = new String[columns + 1][rows.size()];
    for (int i = 0; i < rows.size(); i++) {
      Row.Group written = rows.get(i).group(group.name());
      if (written != null) {
        for (int column = 0; column < columns; column++) {
          arrays[column][i] = written.values().get(column);
        }
        arrays[columns][i] = written.version();
      }
    }
    return List.of(arrays);
  }

  private Map<List<String>, Map<String, String>> versionsIn(ResultSet touched) throws SQLException {
    Map<List<String>, Map<String, String>> versions = new HashMap<>();
    while (touched.next()) {
      int column = 1;
      List<String> key = new ArrayList<>(table.key().size());
      for (int i = 0; i < table.key().size(); i++) {
        key.add(touched.getString(column++));
      }
      Map<String, String> byGroup = new HashMap<>();
      for (ColumnGroup group : table.groups()) {
        byGroup.put(group.name(), touched.getString(column++));
      }
      versions.put(key, byGroup);
    }
    return versions;
  }

  private static String sqlOf(Table table) {
    List<String> names = new ArrayList<>();
    List<String> casts = new ArrayList<>();
    List<String> assignments = new ArrayList<>();
    for (Column column : table.key()) {
      names.add(column.name());
      casts.add(cast(column));
    }
    for (ColumnGroup group : table.groups()) {
      List<String> columns = new ArrayList<>();
      for (Column column : group.columns()) {
        columns.add(column.name());
        casts.add(cast(column));
      }
      columns.add(group.versionColumn());
      casts.add("new." + group.versionColumn());
      for (String column : columns) {
        assignments.add(
            "%1$s = CASE WHEN %2$s THEN EXCLUDED.%1$s ELSE old.%1$s END"
                .formatted(column, moves(group)));
      }
      names.addAll(columns);
    }
    assignments.add(Table.UPDATED_AT + " = now()");
    return """
    INSERT INTO %s AS old (%s)
    SELECT %s
    FROM unnest(%s) AS new (%s)
    ON CONFLICT (%s) DO UPDATE SET
      %s
    WHERE %s
    RETURNING %s
    """
        .formatted(
            table.name(),
            String.join(", ", names),
            String.join(", ", casts),
            names.stream().map(name -> "?::text[]").collect(joining(", ")),
            String.join(", ", names),
            table.key().stream().map(Column::name).collect(joining(", ")),
            String.join(",\n  ", assignments),
            table.groups().stream().map(UpsertStatement::moves).collect(joining("\n   OR ")),
            Stream.concat(
                    table.key().stream().map(column -> column.name() + "::text"),
                    table.groups().stream().map(ColumnGroup::versionColumn))
                .collect(joining(", ")));
  }

  private static String cast(Column column) {
    return "new.%s::%s".formatted(column.name(), column.type().sqlName());
  }

  /** A group moves when something newer is said of it. */
  private static String moves(ColumnGroup group) {
    return "(EXCLUDED.%1$s IS NOT NULL AND (old.%1$s IS NULL OR EXCLUDED.%1$s > old.%1$s))"
        .formatted(group.versionColumn());
  }

  /** The statements of {@code tables}, in the same order: the order in which batches lock them. */
  static Map<String, UpsertStatement> ofAll(List<Table> tables) {
    Map<String, UpsertStatement> statements = new LinkedHashMap<>();
    for (Table table : tables) {
      statements.put(table.name(), new UpsertStatement(table));
    }
    return statements;
  }
}
