package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
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
 * The one statement that writes any number of rows of a {@link Table}, each column only where its
 * version is newer than the row's (DESIGN.md, promise 2). Values travel as arrays of text and are
 * cast by the server, so that the statement's text holds no value and is the same for every batch.
 *
 * <p>A column's version is its group's, unless {@link Table#COLUMN_VERSIONS} names an older one.
 * The group's is always the newest of its columns', so that what is stored follows from what was
 * said, whatever the order.
 */
final class UpsertStatement {
  /** PostgreSQL takes 100 arguments, two for each field. */
  private static final int MOST_FIELDS = 50;

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
   * @return of each row that was touched, by its key, its versions now; the other rows knew nothing
   *     older
   */
  Map<List<String>, RowVersions> execute(Connection connection, List<Row> rows)
      throws SQLException {
    List<String[]> arrays = arraysOf(rows);
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

  /** An array for each column, in the statement's order. */
  private List<String[]> arraysOf(List<Row> rows) {
    List<String[]> arrays = new ArrayList<>();
    List<Map<String, Row.Said>> said = rows.stream().map(Row::columns).toList();
    for (int i = 0; i < table.key().size(); i++) {
      int column = i;
      arrays.add(rows.stream().map(row -> row.key().get(column)).toArray(String[]::new));
    }
    for (ColumnGroup group : table.groups()) {
      for (Column column : group.columns()) {
        String[] values = new String[rows.size()];
        for (int row = 0; row < values.length; row++) {
          values[row] = valueOf(column, said.get(row));
        }
        arrays.add(values);
      }
      arrays.add(
          said.stream().map(columns -> Row.versionOf(group, columns)).toArray(String[]::new));
    }
    arrays.add(
        said.stream()
            .map(columns -> Row.columnVersionsOf(table.groups(), columns))
            .toArray(String[]::new));
    return arrays;
  }

  private static String valueOf(Column column, Map<String, Row.Said> columns) {
    if (column.byField()) {
      return Row.fieldsOf(column, columns);
    }
    Row.Said said = columns.get(column.name());
    return said == null ? null : said.value();
  }

  private Map<List<String>, RowVersions> versionsIn(ResultSet touched) throws SQLException {
    Map<List<String>, RowVersions> versions = new HashMap<>();
    while (touched.next()) {
      int column = 1;
      List<String> key = new ArrayList<>(table.key().size());
      for (int i = 0; i < table.key().size(); i++) {
        key.add(touched.getString(column++));
      }
      Map<String, String> byColumn = new HashMap<>();
      for (ColumnGroup group : table.groups()) {
        String version = touched.getString(column++);
        group.columns().forEach(each -> byColumn.put(each.name(), version));
      }
      for (Map.Entry<String, JsonNode> older : json(touched.getString(column)).properties()) {
        byColumn.put(older.getKey(), older.getValue().textValue());
      }
      versions.put(key, new RowVersions(byColumn));
    }
    return versions;
  }

  private static JsonNode json(String text) throws SQLException {
    try {
      return text == null ? MissingNode.getInstance() : Json.mapper().readTree(text);
    } catch (JsonProcessingException impossible) {
      throw new SQLException("jsonb is JSON", impossible);
    }
  }

  private static String sqlOf(Table table) {
    List<String> names = new ArrayList<>();
    List<String> casts = new ArrayList<>();
    List<String> assignments = new ArrayList<>();
    List<String> moves = new ArrayList<>();
    List<String> older = new ArrayList<>();
    List<Fields> fields = new ArrayList<>();
    for (Column column : table.key()) {
      names.add(column.name());
      casts.add(cast(column));
    }
    for (ColumnGroup group : table.groups()) {
      for (Column column : group.columns()) {
        names.add(column.name());
        casts.add(cast(column));
        if (column.byField()) {
          fields.add(new Fields(group, column));
          continue;
        }
        assignments.add(
            "%1$s = CASE WHEN %2$s THEN EXCLUDED.%1$s ELSE old.%1$s END"
                .formatted(column.name(), isNewer(group, column)));
        moves.add(isNewer(group, column));
        if (group.columns().size() > 1) {
          older.add(olderThanGroup(group, column));
        }
      }
      String version = group.versionColumn();
      names.add(version);
      casts.add("new." + version);
      assignments.add("%1$s = greatest(old.%1$s, EXCLUDED.%1$s)".formatted(version));
    }
    names.add(Table.COLUMN_VERSIONS);
    casts.add("new.%s::jsonb".formatted(Table.COLUMN_VERSIONS));
    for (Fields each : fields) {
      assignments.add(each.assignment());
      moves.add(each.moves());
    }
    assignments.add("%s = %s".formatted(Table.COLUMN_VERSIONS, columnVersions(older, fields)));
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
            String.join("\n   OR ", moves),
            Stream.of(
                    table.key().stream().map(column -> column.name() + "::text"),
                    table.groups().stream().map(ColumnGroup::versionColumn),
                    Stream.of(Table.COLUMN_VERSIONS + "::text"))
                .flatMap(columns -> columns)
                .collect(joining(", ")));
  }

  private static String cast(Column column) {
    return "new.%s::%s".formatted(column.name(), column.type().sqlName());
  }

  /** A column moves when something newer is said of it. */
  private static String isNewer(ColumnGroup group, Column column) {
    return "%s > %s".formatted(version("EXCLUDED", group, column), version("old", group, column));
  }

  /** The version that a column has in {@code row}; empty, and so the oldest, where it has none. */
  private static String version(String row, ColumnGroup group, Column column) {
    return group.columns().size() == 1
        ? "coalesce(%s.%s, '')".formatted(row, group.versionColumn())
        : "coalesce(%1$s.%2$s->>'%3$s', %1$s.%4$s, '') COLLATE \"C\""
            .formatted(row, Table.COLUMN_VERSIONS, column.name(), group.versionColumn());
  }

  /** The column's version as a field of {@link Table#COLUMN_VERSIONS}; null where it is newest. */
  private static String olderThanGroup(ColumnGroup group, Column column) {
    return "'%1$s', nullif(greatest(%2$s, %3$s), coalesce(greatest(old.%4$s, EXCLUDED.%4$s), ''))"
        .formatted(
            column.name(),
            version("old", group, column),
            version("EXCLUDED", group, column),
            group.versionColumn());
  }

  /** Where neither side leaves anything out, as nearly always, there is nothing to work out. */
  private static String columnVersions(List<String> older, List<Fields> fields) {
    List<String> objects = new ArrayList<>();
    for (int from = 0; from < older.size(); from += MOST_FIELDS) {
      objects.add(
          "jsonb_build_object(%s)"
              .formatted(
                  String.join(
                      ", ", older.subList(from, Math.min(from + MOST_FIELDS, older.size())))));
    }
    fields.forEach(each -> objects.add(each.olderThanGroup()));
    if (objects.isEmpty()) {
      return "NULL";
    }
    String leavesOut =
        Stream.concat(
                Stream.of(
                    "num_nonnulls(old.%1$s, EXCLUDED.%1$s) > 0".formatted(Table.COLUMN_VERSIONS)),
                fields.stream().map(Fields::differ))
            .collect(joining(" OR "));
    return "CASE WHEN %s THEN nullif(jsonb_strip_nulls(%s), '{}') END"
        .formatted(leavesOut, String.join(" || ", objects));
  }

  /** How the fields of a column move, each by its own clock. */
  private record Fields(ColumnGroup group, Column column) {
    /** Nearly always both sides have the same fields, and neither has versions beside its own. */
    String assignment() {
      return """
      %1$s = CASE
        WHEN %2$s THEN (SELECT jsonb_object_agg(field, CASE WHEN theirs > ours
          THEN EXCLUDED.%1$s -> field ELSE old.%1$s -> field END) %3$s)
        WHEN %4$s THEN EXCLUDED.%1$s ELSE old.%1$s END"""
          .formatted(column.name(), isMixed(), eachField(), isNewer());
    }

    String moves() {
      return "CASE WHEN %s THEN EXISTS (SELECT %s WHERE theirs > ours) ELSE %s END"
          .formatted(isMixed(), eachField(), isNewer());
    }

    /** An object with the version of each field that is older than the group's. */
    String olderThanGroup() {
      return """
      coalesce((SELECT jsonb_object_agg('%1$s' || field, greatest(ours, theirs))
          %2$s WHERE greatest(ours, theirs) < greatest(old.%3$s, EXCLUDED.%3$s)), '{}')"""
          .formatted(column.nameOf(""), eachField(), group.versionColumn());
    }

    /** Whether both sides have fields, and not the same. */
    String differ() {
      return """
      (num_nulls(old.%1$s, EXCLUDED.%1$s) = 0 AND (
          old.%1$s - ARRAY(SELECT jsonb_object_keys(EXCLUDED.%1$s)) <> '{}'
          OR EXCLUDED.%1$s - ARRAY(SELECT jsonb_object_keys(old.%1$s)) <> '{}'))"""
          .formatted(column.name());
    }

    /** Both sides have fields, and some may have a version of its own. */
    private String isMixed() {
      return "num_nulls(old.%1$s, EXCLUDED.%1$s) = 0 AND (num_nonnulls(old.%2$s, EXCLUDED.%2$s) > 0 OR %3$s)"
          .formatted(column.name(), Table.COLUMN_VERSIONS, differ());
    }

    private String isNewer() {
      return UpsertStatement.isNewer(group, column);
    }

    private String eachField() {
      return """
      FROM (SELECT field, %s AS ours, %s AS theirs
          FROM jsonb_object_keys(
            coalesce(old.%3$s, '{}') || coalesce(EXCLUDED.%3$s, '{}')) AS field) AS fields"""
          .formatted(versionIn("old"), versionIn("EXCLUDED"), column.name());
    }

    /** Empty for a field that the side does not have. */
    private String versionIn(String row) {
      return "CASE WHEN jsonb_exists(%1$s.%2$s, field) THEN coalesce(%1$s.%3$s ->> ('%4$s' || field), %1$s.%5$s) ELSE '' END COLLATE \"C\""
          .formatted(
              row, column.name(), Table.COLUMN_VERSIONS, column.nameOf(""), group.versionColumn());
    }
  }

  /** The statements of {@code tables}, in the same order: the order in which batches lock them. */
  static Map<String, UpsertStatement> ofAll(List<Table> tables) {
    Map<String, UpsertStatement> statements = new LinkedHashMap<>();
    for (Table table : tables) {
      statements.put(table.name(), new UpsertStatement(table));
    }
    return statements;
  }

  /**
   * The versions that a row has.
   *
   * @param byColumn the version of each column; null where its group has none
   */
  record RowVersions(Map<String, String> byColumn) {
    /** Whether any column of the row is now as {@code upsert} says. */
    boolean holds(Upsert upsert) {
      return upsert.columns().keySet().stream()
          .anyMatch(column -> upsert.version().equals(versionOf(column)));
    }

    private String versionOf(String column) {
      int field = column.indexOf(Column.FIELD);
      return byColumn.containsKey(column) || field < 0
          ? byColumn.get(column)
          : byColumn.get(column.substring(0, field));
    }
  }
}
