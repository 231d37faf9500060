package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The rows of which an event wrote the newest: their column groups, or columns of their own, carry
 * the event's version. What a later notification has written over since does not tell of the event
 * any more.
 *
 * <p>The tables are those whose {@code …_version} columns hold versions, which are {@code bytea}.
 * No index helps, so the search is bounded in time and says whether it was complete.
 */
final class WrittenRows {
  private static final int SECONDS = 5;
  private static final int MOST_ROWS_OF_A_TABLE = 100;

  private static final String TABLES =
      """
      SELECT c.table_name,
        (SELECT array_agg(k.column_name ORDER BY k.ordinal_position)
         FROM information_schema.key_column_usage k
         JOIN information_schema.table_constraints t
           ON t.constraint_schema = k.constraint_schema
           AND t.constraint_name = k.constraint_name AND t.table_name = k.table_name
         WHERE t.constraint_type = 'PRIMARY KEY' AND k.table_schema = c.table_schema
           AND k.table_name = c.table_name)::text[] AS key,
        array_agg(c.column_name ORDER BY c.ordinal_position)::text[] AS versions
      FROM information_schema.columns c
      JOIN information_schema.tables t
        ON t.table_schema = c.table_schema AND t.table_name = c.table_name
        AND t.table_type = 'BASE TABLE'
      WHERE c.table_schema = current_schema() AND c.column_name LIKE '%\\_version'
        AND c.data_type = 'bytea'
      GROUP BY c.table_schema, c.table_name
      ORDER BY c.table_name
      """;

  /** A table of entities. */
  private record EntityTable(String name, List<String> key, List<String> versions) {}

  private WrittenRows() {}

  /** The schema {@code RowsWritten} of the API. */
  static ObjectNode of(LedgerDatabase database, LedgerEvent event) throws SQLException {
    ObjectNode json = Json.mapper().createObjectNode();
    ArrayNode rows = json.putArray("rows");
    boolean complete = true;
    try {
      database.inTransaction(
          connection -> {
            try (Statement statement = connection.createStatement()) {
              statement.execute("SET LOCAL statement_timeout = '%ds'".formatted(SECONDS));
            }
            for (EntityTable table : tables(connection)) {
              rows.addAll(rowsOf(connection, table, event));
            }
            return null;
          });
    } catch (ProblemException tookTooLong) {
      complete = false;
    }
    json.put("complete", complete);
    return json;
  }

  private static List<EntityTable> tables(Connection connection) throws SQLException {
    return Rows.read(
        connection,
        TABLES,
        new SqlConditions(),
        row ->
            new EntityTable(
                row.getString("table_name"), texts(row, "key"), texts(row, "versions")));
  }

  private static List<ObjectNode> rowsOf(
      Connection connection, EntityTable table, LedgerEvent event) throws SQLException {
    String sql =
        """
        SELECT %s, ARRAY(SELECT key FROM jsonb_each_text(column_versions) WHERE value = ?) AS columns
        FROM %s
        WHERE tenant_id = ? AND (
          ? IN (%s) OR EXISTS (SELECT FROM jsonb_each_text(column_versions) WHERE value = ?))
        LIMIT %d
        """
            .formatted(
                names(table),
                quoted(table.name()),
                table.versions().stream().map(WrittenRows::quoted).collect(Collectors.joining(",")),
                MOST_ROWS_OF_A_TABLE);
    String text = event.version().text();
    SqlConditions parameters =
        new SqlConditions().add("", text, event.tenant(), event.version().bytes(), text);
    return Rows.read(connection, sql, parameters, row -> toJson(table, event, row));
  }

  private static String names(EntityTable table) {
    return IntStream.range(0, table.key().size() + table.versions().size())
        .mapToObj(
            i ->
                i < table.key().size()
                    ? quoted(table.key().get(i)) + "::text"
                    : quoted(table.versions().get(i - table.key().size())))
        .collect(Collectors.joining(", "));
  }

  private static ObjectNode toJson(EntityTable table, LedgerEvent event, ResultSet row)
      throws SQLException {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("table", table.name());
    ObjectNode key = json.putObject("key");
    int column = 1;
    for (String name : table.key()) {
      key.put(name, row.getString(column++));
    }
    ArrayNode groups = json.putArray("groups");
    for (String version : table.versions()) {
      if (Arrays.equals(event.version().bytes(), row.getBytes(column++))) {
        groups.add(version.substring(0, version.length() - "_version".length()));
      }
    }
    List<String> columns = texts(row, "columns");
    if (!columns.isEmpty()) {
      columns.forEach(json.putArray("columns")::add);
    }
    return json;
  }

  private static List<String> texts(ResultSet row, String column) throws SQLException {
    return row.getArray(column) == null
        ? Collections.emptyList()
        : List.of((String[]) row.getArray(column).getArray());
  }

  /** A name out of the catalogue, as SQL takes it whatever it is. */
  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
