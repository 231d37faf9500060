package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.DryRun.Change;
import dev.tidegate.schemas.DryRun.ColumnDifference;
import dev.tidegate.schemas.DryRun.RowDifference;
import dev.tidegate.schemas.DryRun.TableDifference;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Table;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Compares what events say of a table, in its scratch copy, with the live table. The rows of the
 * live table that the events write are copied, and what the events say is merged into another copy
 * of them, with the statement by which the pipeline writes. So what differs between the two copies
 * is what a replay would change.
 */
final class TableComparison {
  /** A value that is longer as a text is cut. */
  private static final int MOST_CHARACTERS = 1_000;

  private final Connection connection;
  private final String schema;
  private final Table table;
  private final @Nullable String live;

  /** Aliases: what is said, the live row, and the row after a replay. */
  private static final String FROM =
      """
      FROM %1$s said
      JOIN %2$s now USING (%4$s)
      LEFT JOIN %3$s before USING (%4$s)
      """;

  /**
   * @param schema of the scratch copy
   * @param live the live table, as SQL names it from anywhere; null where there is none
   */
  TableComparison(Connection connection, String schema, Table table, @Nullable String live) {
    this.connection = connection;
    this.schema = schema;
    this.table = table;
    this.live = live;
  }

  /** What differs; empty where the events say nothing of the table. */
  Optional<TableDifference> difference() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (isEmpty(statement)) {
        return Optional.empty();
      }
      statement.execute("ANALYZE " + said());
      copyLiveRows(statement);
      statement.execute("CREATE UNLOGGED TABLE %s AS TABLE %s".formatted(after(), before()));
      statement.execute("ALTER TABLE %s ADD PRIMARY KEY (%s)".formatted(after(), key()));
      statement.execute(UpsertStatement.mergeOf(table, after(), said()));
      statement.execute("ANALYZE %s; ANALYZE %s".formatted(before(), after()));
      Map<String, Long> counts = counts(statement);
      return Optional.of(
          new TableDifference(
              table.name(),
              counts.getOrDefault(Change.ADDED.name(), 0L),
              counts.getOrDefault(Change.CHANGED.name(), 0L),
              counts.getOrDefault("SAME", 0L),
              counts.getOrDefault(Change.REBUILD.name(), 0L),
              rows(statement)));
    }
  }

  private String said() {
    return schema + "." + table.name();
  }

  private String before() {
    return schema + ScratchTables.LIVE + "." + table.name();
  }

  private String after() {
    return schema + ScratchTables.AFTER + "." + table.name();
  }

  private String key() {
    return table.key().stream().map(Column::name).collect(joining(", "));
  }

  private boolean isEmpty(Statement statement) throws SQLException {
    try (ResultSet row =
        statement.executeQuery("SELECT NOT EXISTS (SELECT FROM %s)".formatted(said()))) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /**
   * Copies the rows that the events write, and adds what the live table lacks, as a start would.
   */
  private void copyLiveRows(Statement statement) throws SQLException {
    if (live != null) {
      String columns = columnsOfLive().stream().map("there.%s"::formatted).collect(joining(", "));
      String sameRow =
          table.key().stream()
              .map(column -> "there.%1$s = said.%1$s".formatted(column.name()))
              .collect(joining(" AND "));
      statement.execute(
          "CREATE UNLOGGED TABLE %s AS SELECT %s FROM %s said JOIN %s there ON %s"
              .formatted(before(), columns, said(), live, sameRow));
      statement.execute("ALTER TABLE %s ADD PRIMARY KEY (%s)".formatted(before(), key()));
    }
    statement.execute("SET LOCAL search_path TO " + schema + ScratchTables.LIVE);
    for (String addition : DatabaseSchema.additions(connection, List.of(table))) {
      statement.execute(addition);
    }
  }

  /** Those of the table's columns that the live table has. */
  private Set<String> columnsOfLive() throws SQLException {
    Set<String> wanted = new TreeSet<>();
    table.columns().forEach(column -> wanted.add(column.name()));
    table.groups().forEach(group -> wanted.add(group.versionColumn()));
    wanted.add(Table.COLUMN_VERSIONS);
    wanted.add(Table.UPDATED_AT);
    wanted.add(Table.UPDATED_XID);
    Set<String> found = new TreeSet<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass"
                + " AND attnum > 0 AND NOT attisdropped AND attname = ANY (?)")) {
      statement.setString(1, live);
      statement.setArray(2, connection.createArrayOf("text", wanted.toArray()));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getString(1));
        }
      }
    }
    return found;
  }

  private String from() {
    return FROM.formatted(said(), after(), before(), key());
  }

  private static String isAdded() {
    return "before.%s IS NULL".formatted(Table.TENANT_ID);
  }

  private static String isChanged(Column column) {
    return "now.%1$s IS DISTINCT FROM before.%1$s".formatted(column.name());
  }

  private static String isToBeRebuilt(ColumnGroup group, Column column) {
    String said = UpsertStatement.version("said", group, column);
    return "(%1$s <> '' AND %1$s = %2$s AND %3$s IS DISTINCT FROM before.%4$s)"
        .formatted(
            said, UpsertStatement.version("before", group, column), rebuilt(column), column.name());
  }

  /** What a rebuild would make of the column. */
  private static String rebuilt(Column column) {
    return column.byField()
        ? "(coalesce(before.%1$s, '{}') || said.%1$s)".formatted(column.name())
        : "said." + column.name();
  }

  /** A condition for each column of the groups, joined by OR. */
  private Stream<String> ofColumns(BiFunction<ColumnGroup, Column, String> sql) {
    return table.groups().stream()
        .flatMap(group -> group.columns().stream().map(column -> sql.apply(group, column)));
  }

  private String change() {
    return "CASE WHEN %s THEN 'ADDED' WHEN %s THEN 'CHANGED' WHEN %s THEN 'REBUILD' ELSE 'SAME' END"
        .formatted(
            isAdded(),
            ofColumns((group, column) -> isChanged(column)).collect(joining(" OR ")),
            ofColumns(TableComparison::isToBeRebuilt).collect(joining(" OR ")));
  }

  private Map<String, Long> counts(Statement statement) throws SQLException {
    Map<String, Long> counts = new LinkedHashMap<>();
    try (ResultSet rows =
        statement.executeQuery("SELECT %s, count(*) %s GROUP BY 1".formatted(change(), from()))) {
      while (rows.next()) {
        counts.put(rows.getString(1), rows.getLong(2));
      }
    }
    return counts;
  }

  private List<RowDifference> rows(Statement statement) throws SQLException {
    String columns =
        ofColumns(
                (group, column) ->
                    """
                    ('%1$s', %2$s, %3$s, CASE
                      WHEN %4$s THEN CASE WHEN now.%1$s IS NOT NULL THEN 'ADDED' END
                      WHEN %5$s THEN 'CHANGED' WHEN %6$s THEN 'REBUILD' END)"""
                        .formatted(
                            column.name(),
                            json("before." + column.name()),
                            json(
                                "CASE WHEN %s OR %s THEN now.%s ELSE %s END"
                                    .formatted(
                                        isAdded(),
                                        isChanged(column),
                                        column.name(),
                                        rebuilt(column))),
                            isAdded(),
                            isChanged(column),
                            isToBeRebuilt(group, column)))
            .collect(joining(",\n"));
    String keys =
        table.key().stream().map(column -> column.name() + "::text").collect(joining(", "));
    String sql =
        """
        WITH differing AS MATERIALIZED (
          SELECT %1$s, %2$s AS change %3$s
          WHERE %2$s <> 'SAME' ORDER BY 1, %1$s LIMIT %4$d)
        SELECT %5$s, differing.change, columns.list
        %3$s JOIN differing USING (%1$s)
        CROSS JOIN LATERAL (
          SELECT jsonb_agg(jsonb_build_object(
            'name', name, 'change', change, 'before', before, 'after', after)) AS list
          FROM (VALUES %6$s) AS each (name, before, after, change)
          WHERE change IS NOT NULL) AS columns
        ORDER BY %1$s
        """
            .formatted(key(), change(), from(), DryRun.MOST_ROWS, keys, columns);
    List<RowDifference> differences = new ArrayList<>();
    try (ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        differences.add(rowOf(rows));
      }
    }
    return differences;
  }

  /** The value as JSON, cut where it is long. */
  private static String json(String value) {
    return "CASE WHEN length((%1$s)::text) > %2$d THEN to_jsonb(left((%1$s)::text, %2$d) || '…') ELSE to_jsonb(%1$s) END"
        .formatted(value, MOST_CHARACTERS);
  }

  private RowDifference rowOf(ResultSet row) throws SQLException {
    SortedMap<String, String> key = new TreeMap<>();
    int place = 0;
    for (Column column : table.key()) {
      key.put(column.name(), row.getString(++place));
    }
    Change change = Change.valueOf(row.getString(++place));
    List<ColumnDifference> columns = new ArrayList<>();
    String list = row.getString(++place);
    if (list != null) {
      for (JsonNode column : parse(list)) {
        columns.add(
            new ColumnDifference(
                column.path("name").textValue(),
                Change.valueOf(column.path("change").textValue()),
                column.path("before"),
                column.path("after")));
      }
    }
    return new RowDifference(key, change, columns);
  }

  private static JsonNode parse(String json) throws SQLException {
    try {
      return Json.parse(json.getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException impossible) {
      throw new SQLException("jsonb is JSON", impossible);
    }
  }
}
