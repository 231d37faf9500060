package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.relay.RelayConfiguration.Columns;
import dev.tidegate.gateway.relay.RelayConfiguration.Table;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The SQL for an application's own table of events, made from the table's own catalogue. Every name
 * is quoted, so that no name can become SQL.
 *
 * @param lock takes the table's lock
 * @param next the next rows' IDs, tenants and aggregates; parameters are the aggregates that wait,
 *     and a limit
 * @param read locks rows and reads them; the parameter is their IDs
 * @param acknowledge marks rows as published; the parameter is their IDs
 * @param backlog how many rows wait, and for how many seconds the oldest does
 */
record TableStatements(String lock, String next, String read, String acknowledge, String backlog) {
  /** The largest call, and so the largest message, that Pub/Sub takes. */
  private static final int LONGEST_BODY = 10_000_000;

  private static final String COLUMNS =
      """
      SELECT attname, format_type(atttypid, NULL), format_type(atttypid, atttypmod), attnotnull,
        has_column_privilege(attrelid, attnum, 'SELECT'),
        has_column_privilege(attrelid, attnum, 'UPDATE')
      FROM pg_attribute
      WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped
      """;

  private record Column(
      String type, String fullType, boolean isNotNull, boolean isReadable, boolean isWritable) {}

  /**
   * Looks at the table.
   *
   * @throws IllegalArgumentException if the table does not match its configuration; the message
   *     tells every mistake
   */
  static TableStatements of(Connection connection, Table configured) throws SQLException {
    String table = quotedTable(configured.table());
    Map<String, Column> known = new LinkedHashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setString(1, table);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          known.put(
              row.getString(1),
              new Column(
                  row.getString(2),
                  row.getString(3),
                  row.getBoolean(4),
                  row.getBoolean(5),
                  row.getBoolean(6)));
        }
      }
    }
    requireAsConfigured(configured, known);
    return of(configured, table, known);
  }

  private static void requireAsConfigured(Table configured, Map<String, Column> known) {
    List<String> mistakes = new ArrayList<>();
    if (known.isEmpty()) {
      mistakes.add("the database has no such table, or its user may not see it");
    } else {
      names(configured)
          .filter(name -> !known.containsKey(name))
          .forEach(name -> mistakes.add("it has no column \"%s\"".formatted(name)));
      names(configured)
          .filter(name -> known.containsKey(name) && !known.get(name).isReadable)
          .forEach(name -> mistakes.add("the user may not read the column \"%s\"".formatted(name)));
      Column processed = known.get(configured.columns().processed());
      if (processed != null && !processed.type.equals("boolean")) {
        mistakes.add(
            "the column \"%s\" must be boolean, and is %s"
                .formatted(configured.columns().processed(), processed.type));
      }
      if (processed != null && !processed.isWritable) {
        mistakes.add(
            "the user may not update the column \"%s\""
                .formatted(configured.columns().processed()));
      }
    }
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(
          "The relay cannot read the table %s (relay.tables, %s): %s."
              .formatted(configured.table(), configured.name(), String.join("; ", mistakes)));
    }
  }

  private static Stream<String> names(Table configured) {
    Columns columns = configured.columns();
    return Stream.of(
            Stream.of(
                columns.id(),
                columns.eventType(),
                columns.aggregateId(),
                columns.payload(),
                columns.processed(),
                columns.createdAt()),
            Stream.of(
                    columns.ofAggregateType(),
                    columns.ofMetadata(),
                    columns.ofVersion(),
                    columns.ofCreatedBy(),
                    configured.tenantColumn())
                .flatMap(Optional::stream),
            configured.order().stream())
        .flatMap(each -> each)
        .distinct();
  }

  private static TableStatements of(Table configured, String table, Map<String, Column> known) {
    Columns columns = configured.columns();
    String id = quoted(columns.id());
    String idType = known.get(columns.id()).fullType;
    String waiting =
        known.get(columns.processed()).isNotNull
            ? "NOT " + quoted(columns.processed())
            : quoted(columns.processed()) + " IS NOT TRUE";
    String tenant =
        configured
            .tenantColumn()
            .map(name -> "coalesce(%s::text, '')".formatted(quoted(name)))
            .orElseGet(() -> literal(configured.tenant().orElseThrow()));
    // A row without an aggregate is one of its own.
    String aggregate =
        "%scoalesce(%s::text, '#' || %s::text)"
            .formatted(
                columns
                    .ofAggregateType()
                    .map(name -> "coalesce(%s::text || '/', '') || ".formatted(quoted(name)))
                    .orElse(""),
                quoted(columns.aggregateId()),
                id);
    String order =
        configured.order().stream().map(TableStatements::quoted).collect(Collectors.joining(", "));
    String createdAt = time(columns.createdAt(), known);
    String payload = quoted(columns.payload());
    String body =
        known.get(columns.payload()).type.equals("bytea")
            ? "convert_from(%s, 'UTF8')".formatted(payload)
            : payload + "::text";
    return new TableStatements(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('tidegate table', to_regclass(%s)::oid::bigint))"
            .formatted(literal(table)),
        """
        SELECT id, tenant, aggregate FROM (
          SELECT %s::text AS id, %s AS tenant, %s AS aggregate, %s FROM %s WHERE %s) AS waiting
        WHERE NOT EXISTS (
          SELECT FROM unnest(?::text[], ?::text[]) AS held (tenant, aggregate)
          WHERE held.tenant = waiting.tenant AND held.aggregate = waiting.aggregate)
        ORDER BY %s LIMIT ?
        """
            .formatted(
                id, tenant, aggregate, ordered(configured), table, waiting, places(configured)),
        """
        SELECT %s::text, %s, %s, %s::text, %s, %s,
          CASE WHEN pg_column_size(%s) <= %d THEN %s END, %s
        FROM %s WHERE %s = ANY (?::text[]::%s[]) AND %s ORDER BY %s FOR UPDATE SKIP LOCKED
        """
            .formatted(
                id,
                tenant,
                aggregate,
                quoted(columns.eventType()),
                columns.ofCreatedBy().map(name -> quoted(name) + "::text").orElse("NULL"),
                columns.ofMetadata().map(name -> quoted(name) + "::text").orElse("NULL"),
                payload,
                LONGEST_BODY,
                body,
                createdAt,
                table,
                id,
                idType,
                waiting,
                order),
        "UPDATE %s SET %s = true WHERE %s = ANY (?::text[]::%s[])"
            .formatted(table, quoted(columns.processed()), id, idType),
        "SELECT count(*), extract(epoch FROM clock_timestamp() - min(%s)), 0 FROM %s WHERE %s"
            .formatted(createdAt, table, waiting));
  }

  /** The columns of the order, by names that are no other columns'. */
  private static String ordered(Table configured) {
    List<String> order = configured.order();
    List<String> named = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      named.add("%s AS place_%d".formatted(quoted(order.get(i)), i));
    }
    return String.join(", ", named);
  }

  private static String places(Table configured) {
    List<String> places = new ArrayList<>();
    for (int i = 0; i < configured.order().size(); i++) {
      places.add("place_" + i);
    }
    return String.join(", ", places);
  }

  /** A time without a zone is one of UTC. */
  private static String time(String column, Map<String, Column> known) {
    return known.get(column).type.equals("timestamp without time zone")
        ? quoted(column) + " AT TIME ZONE 'UTC'"
        : quoted(column) + "::timestamptz";
  }

  private static String quotedTable(String name) {
    return Arrays.stream(name.split("\\.", 2))
        .map(TableStatements::quoted)
        .collect(Collectors.joining("."));
  }

  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  private static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }
}
