package dev.tidegate.gateway.store;

import dev.tidegate.schemas.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;

/**
 * The rows of which an event wrote the newest: their column groups, or columns of their own, carry
 * the event's version. What a later notification has written over since does not tell of the event
 * any more.
 *
 * <p>The tables are those whose {@code …_version} columns hold versions, which are {@code bytea}.
 * No index helps, so the search is bounded in time and says whether it was complete.
 */
public record WrittenRows(List<RawJson> rows, boolean complete) {
  private static final int SECONDS = 5;
  private static final int MOST_ROWS_OF_A_TABLE = 100;
  private static final String SUFFIX = "_version";

  private static final String TABLES =
      """
      SELECT c.table_name AS name,
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

  private static final String ROWS =
      """
      SELECT json_strip_nulls(json_build_object(
        'table', %s, 'key', json_build_object(%s),
        'groups', ARRAY(SELECT name FROM (VALUES %s) AS groups (name, version)
          WHERE version = :version),
        'columns', nullif(ARRAY(
          SELECT key FROM jsonb_each_text(column_versions) WHERE value = :text), '{}')))
      FROM %s
      WHERE tenant_id = :tenant AND (
        :version IN (%s)
        OR EXISTS (SELECT FROM jsonb_each_text(column_versions) WHERE value = :text))
      LIMIT %d
      """;

  /** A table of entities. */
  public record EntityTable(String name, List<String> key, List<String> versions) {
    private String rowsOfAnEvent() {
      return ROWS.formatted(
          literal(name),
          joined(key, column -> literal(column) + ", " + identifier(column) + "::text"),
          joined(
              versions,
              column ->
                  "(%s, %s)"
                      .formatted(
                          literal(column.substring(0, column.length() - SUFFIX.length())),
                          identifier(column))),
          identifier(name),
          joined(versions, EntityTable::identifier),
          MOST_ROWS_OF_A_TABLE);
    }

    private static String joined(List<String> names, Function<String, String> part) {
      return names.stream().map(part).collect(Collectors.joining(", "));
    }

    /** A name out of the catalogue, as SQL takes it whatever it is. */
    private static String identifier(String name) {
      return '"' + name.replace("\"", "\"\"") + '"';
    }

    private static String literal(String name) {
      return "'" + name.replace("'", "''") + "'";
    }
  }

  /** Searches in the transaction of {@code handle}, as its last statements. */
  static WrittenRows of(Handle handle, LedgerEvent event) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    String version = Version.of(event.version()).text();
    List<RawJson> rows = new ArrayList<>();
    handle.savepoint("search");
    try {
      for (EntityTable table : handle.createQuery(TABLES).mapTo(EntityTable.class).list()) {
        long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
        handle.execute("SET LOCAL statement_timeout = " + millis);
        handle
            .createQuery(table.rowsOfAnEvent())
            .bind("version", event.version())
            .bind("text", version)
            .bind("tenant", event.tenant())
            .mapTo(RawJson.class)
            .forEach(rows::add);
      }
      return new WrittenRows(rows, true);
    } catch (UnableToExecuteStatementException tookTooLong) {
      handle.rollbackToSavepoint("search");
      return new WrittenRows(rows, false);
    }
  }
}
