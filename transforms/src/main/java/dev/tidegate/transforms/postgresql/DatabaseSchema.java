package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnGroup;
import dev.tidegate.schemas.LatencyBuckets;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares a database with what this version writes: the ledger's tables, and the handlers'. */
public final class DatabaseSchema {
  /** The ledger's tables, whose columns are those of the migrations: name and type. */
  static final Map<String, List<String>> LEDGER =
      Map.of(
          "events",
          List.of(
              "tenant_id text",
              "source text",
              "notification_id text",
              "event_id uuid",
              "event_type text",
              "subject text",
              "status text",
              "version bytea",
              "attempts integer",
              "conflicts integer",
              "received_at timestamptz",
              "published_at timestamptz",
              "processed_at timestamptz",
              "processing_duration_ms double precision",
              "latency_ms double precision",
              "error_class text",
              "error_message text",
              "signature_valid boolean",
              "request_id text",
              "attributes jsonb",
              "message_id text",
              "warnings jsonb",
              "about jsonb",
              "about_index bigint[]",
              "payload_stored_on date"),
          "event_payloads",
          List.of(
              "tenant_id text",
              "source text",
              "notification_id text",
              "stored_on date",
              "payload bytea"),
          "event_dead_letters",
          List.of(
              "tenant_id text",
              "source text",
              "notification_id text",
              "body_sha256 text",
              "content_sha256 text",
              "stage text",
              "dead_letter_id uuid",
              "event_type text",
              "error_class text",
              "error_message text",
              "fingerprint text",
              "stack_trace text",
              "status text",
              "attempts integer",
              "handler_version text",
              "replayed_at timestamptz",
              "replay_id text",
              "discarded_at timestamptz",
              "discard_archived_at timestamptz",
              "message_id text",
              "published_at timestamptz",
              "received_at timestamptz",
              "failed_at timestamptz",
              "attributes jsonb",
              "body bytea"),
          "event_attempts",
          List.of(
              "tenant_id text",
              "source text",
              "notification_id text",
              "attempted_at timestamptz",
              "outcome text",
              "stage text",
              "error_class text",
              "error_message text",
              "fingerprint text",
              "release text",
              "message_id text",
              "replay_id text"),
          "event_rollups",
          Stream.concat(
                  Stream.of(
                      "tenant_id text",
                      "minute timestamptz",
                      "source text",
                      "event_type text",
                      "status text",
                      "writer smallint",
                      "events bigint",
                      "millis_sum double precision"),
                  LatencyBuckets.COLUMNS.stream().map(bucket -> bucket + " bigint"))
              .toList(),
          "issues",
          List.of(
              "tenant_id text",
              "fingerprint text",
              "source text",
              "stage text",
              "error_class text",
              "error_message text",
              "event_type text",
              "failures bigint",
              "first_failed_at timestamptz",
              "last_failed_at timestamptz",
              "first_release text",
              "last_release text",
              "state text",
              "owner text",
              "note text",
              "changed_by text",
              "changed_at timestamptz",
              "reopened_at timestamptz",
              "reopened_in text",
              "reopened integer"),
          "issue_hours",
          List.of("tenant_id text", "fingerprint text", "hour timestamptz", "failures bigint"));

  /** The system's own tables: information_schema hides columns that the user has no grant on. */
  private static final String MISMATCHES =
      """
      SELECT expected.name, expected.col, expected.type,
        to_regclass(expected.name) IS NULL AS no_table,
        format_type(actual.atttypid, actual.atttypmod) AS actual_type
      FROM unnest(?::text[], ?::text[], ?::text[]) WITH ORDINALITY AS expected (name, col, type, n)
      LEFT JOIN pg_attribute actual
        ON actual.attrelid = to_regclass(expected.name) AND actual.attname = expected.col
        AND NOT actual.attisdropped
      WHERE actual.atttypid IS DISTINCT FROM to_regtype(expected.type)
      ORDER BY n
      """;

  /** To whom may not use a schema, its tables are not there. */
  private static final String CLOSED_SCHEMA =
      "SELECT FROM pg_namespace WHERE nspname = '%s' AND NOT has_schema_privilege(oid, 'USAGE')"
          .formatted(SearchPath.TECHNICAL_SCHEMA);

  private static final String MISSING_GRANTS =
      """
      SELECT name, string_agg(privilege, ', ' ORDER BY privilege)
      FROM unnest(?::text[]) AS name,
        unnest('{SELECT,INSERT,UPDATE}'::text[]) AS privilege
      WHERE NOT has_table_privilege(to_regclass(name), privilege)
      GROUP BY name ORDER BY name
      """;

  /**
   * Without a unique index on just these columns, no statement can find the row that it changes.
   */
  private static final String WRONG_KEYS =
      """
      SELECT expected.name, expected.key
      FROM unnest(?::text[], ?::text[]) WITH ORDINALITY AS expected (name, key, n)
      WHERE to_regclass(expected.name) IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = to_regclass(expected.name) AND i.indisunique AND i.indisvalid
          AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
          AND (SELECT array_agg(attname::text ORDER BY attname COLLATE "C") FROM pg_attribute
            WHERE attrelid = i.indrelid
              AND attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]))
            = (SELECT array_agg(col ORDER BY col COLLATE "C")
              FROM unnest(string_to_array(expected.key, ', ')) AS col))
      ORDER BY n
      """;

  /**
   * What a table has that no row of ours can meet: a column of ours that PostgreSQL generates, one
   * that takes no null though an event may not have it, and one of somebody else's that must be
   * given.
   */
  private static final String OBSTACLES =
      """
      SELECT relation.name, actual.attname,
        CASE WHEN ours.col IS NULL THEN 'FOREIGN' WHEN actual.attgenerated <> '' THEN 'GENERATED'
          ELSE 'NOT NULL' END
      FROM (SELECT DISTINCT unnest(?::text[])) AS relation (name)
      JOIN pg_attribute actual ON actual.attrelid = to_regclass(relation.name)
        AND actual.attnum > 0 AND NOT actual.attisdropped
      LEFT JOIN unnest(?::text[], ?::text[], ?::text[]) AS ours (name, col, nullable)
        ON ours.name = relation.name AND ours.col = actual.attname
      WHERE CASE WHEN ours.col IS NULL
        THEN actual.attnotnull AND NOT actual.atthasdef AND actual.attidentity = ''
        ELSE actual.attgenerated <> '' OR actual.attnotnull AND ours.nullable::boolean END
      ORDER BY 1, 2
      """;

  private static final Map<String, String> DEFAULTS =
      Map.of(
          Table.UPDATED_AT, " NOT NULL DEFAULT now()",
          Table.UPDATED_XID, " NOT NULL DEFAULT pg_current_xact_id()");

  private static final String DEFINITION =
      """
      SELECT 'the constraint ' || conname || ' of ' || conrelid::regclass || ' is '
        || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE conrelid = to_regclass(?::text) AND conname = ?
      """;

  private DatabaseSchema() {}

  /** How the database defines a constraint: a text without any row's values. */
  static Optional<String> definitionOf(Connection connection, String table, String constraint)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(DEFINITION)) {
      statement.setString(1, table);
      statement.setString(2, constraint);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /**
   * What the database lacks: tables, columns, their types, keys, and the user's grants; and the
   * columns that no row of this version's can satisfy. A line each, empty where nothing is wrong.
   *
   * @param tables those of the handlers
   */
  public static List<String> mismatches(Connection connection, List<Table> tables)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet closed = statement.executeQuery(CLOSED_SCHEMA)) {
      if (closed.next()) {
        return List.of(
            "its user lacks the grant USAGE on the schema " + SearchPath.TECHNICAL_SCHEMA);
      }
    }
    List<String> names = new ArrayList<>();
    List<String> columns = new ArrayList<>();
    List<String> types = new ArrayList<>();
    List<String> nullable = new ArrayList<>();
    LEDGER.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(
            table ->
                table
                    .getValue()
                    .forEach(
                        column -> {
                          names.add(table.getKey());
                          columns.add(column.split(" ", 2)[0]);
                          types.add(column.split(" ", 2)[1]);
                          nullable.add("false");
                        }));
    for (Table table : tables) {
      for (String[] column : columnsOf(table)) {
        names.add(table.name());
        columns.add(column[0]);
        types.add(column[1]);
        nullable.add(String.valueOf(table.groupOf(column[0]).isPresent()));
      }
    }
    Set<String> mismatches = new LinkedHashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(MISMATCHES)) {
      bind(connection, statement, names, columns, types);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          mismatches.add(describe(rows));
        }
      }
    }
    for (Table table : withoutTheirKey(connection, tables)) {
      mismatches.add(
          "the table %s must have the primary key (%s)".formatted(table.name(), keyOf(table)));
    }
    try (PreparedStatement statement = connection.prepareStatement(OBSTACLES)) {
      bind(connection, statement, names, names, columns, nullable);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String rule =
              switch (rows.getString(3)) {
                case "GENERATED" -> "the column %s.%s is generated, and must be an ordinary one";
                case "NOT NULL" -> "the column %s.%s must take nulls";
                default ->
                    "the column %s.%s is none of Tidegate's, and must take nulls or have a default";
              };
          mismatches.add(rule.formatted(rows.getString(1), rows.getString(2)));
        }
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(MISSING_GRANTS)) {
      bind(connection, statement, List.copyOf(new LinkedHashSet<>(names)));
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          mismatches.add(
              "its user lacks grants on the table %s: %s"
                  .formatted(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return List.copyOf(mismatches);
  }

  private static Set<Table> withoutTheirKey(Connection connection, List<Table> tables)
      throws SQLException {
    Map<String, Table> byName =
        tables.stream().collect(Collectors.toMap(Table::name, Function.identity()));
    Set<Table> found = new LinkedHashSet<>();
    try (PreparedStatement statement = connection.prepareStatement(WRONG_KEYS)) {
      bind(
          connection,
          statement,
          tables.stream().map(Table::name).toList(),
          tables.stream().map(DatabaseSchema::keyOf).toList());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(byName.get(rows.getString(1)));
        }
      }
    }
    return found;
  }

  private static String keyOf(Table table) {
    return table.key().stream().map(Column::name).collect(Collectors.joining(", "));
  }

  /**
   * The statements that add to the database what {@code tables} have and it lacks: tables, columns
   * and the versions of groups. They change nothing that is there, and leave a table with another
   * key alone: it is somebody else's. What else differs, {@link #mismatches} tells.
   */
  public static List<String> additions(Connection connection, List<Table> tables)
      throws SQLException {
    List<String> statements = new ArrayList<>();
    Set<Table> others = withoutTheirKey(connection, tables);
    for (Table table : tables) {
      if (others.contains(table)) {
        continue;
      }
      Set<String> present = columnsOf(connection, table.name());
      if (present.isEmpty()) {
        statements.add(creationOf(table));
        statements.add(changeIndexOf(table));
        statements.add(
            "COMMENT ON TABLE %s IS 'What the events of a source say. Tidegate made this table for it.';"
                .formatted(table.name()));
        statements.add(commentsOf(table));
        continue;
      }
      boolean addsTechnical = false;
      for (String[] column : columnsOf(table)) {
        boolean isKey = table.key().stream().anyMatch(key -> key.name().equals(column[0]));
        if (!isKey && !present.contains(column[0])) {
          statements.add(
              "ALTER TABLE %s ADD COLUMN %s %s%s;"
                  .formatted(
                      table.name(), column[0], column[1], DEFAULTS.getOrDefault(column[0], "")));
          addsTechnical |= table.groupOf(column[0]).isEmpty();
        }
      }
      if (addsTechnical) {
        statements.add(commentsOf(table));
      }
      if (!present.contains(Table.UPDATED_XID)) {
        statements.add(changeIndexOf(table));
      }
      for (ColumnGroup group : table.groups()) {
        List<String> added =
            group.columns().stream()
                .filter(column -> !column.byField() && !present.contains(column.name()))
                .map(Column::name)
                .toList();
        if (!added.isEmpty() && present.contains(group.versionColumn())) {
          statements.add(neverWritten(table, group, added));
        }
      }
    }
    return statements;
  }

  /** Says of rows that have the group that no event has written its new columns: so replay may. */
  private static String neverWritten(Table table, ColumnGroup group, List<String> added) {
    return "UPDATE %s SET %s = coalesce(%s, '{}') || '{%s}' WHERE %s IS NOT NULL;"
        .formatted(
            table.name(),
            Table.COLUMN_VERSIONS,
            Table.COLUMN_VERSIONS,
            added.stream().map("\"%s\": \"\""::formatted).collect(Collectors.joining(", ")),
            group.versionColumn());
  }

  private static String creationOf(Table table) {
    Set<String> key = table.key().stream().map(Column::name).collect(Collectors.toSet());
    StringBuilder creation = new StringBuilder("CREATE TABLE ").append(table.name()).append(" (\n");
    for (String[] column : columnsOf(table)) {
      creation.append("  ").append(column[0]).append(' ').append(column[1]);
      if (key.contains(column[0])) {
        creation.append(" NOT NULL");
      } else {
        creation.append(DEFAULTS.getOrDefault(column[0], ""));
      }
      creation.append(",\n");
    }
    return creation.append("  PRIMARY KEY (").append(keyOf(table)).append(")\n);").toString();
  }

  /** What has changed since a transaction is asked again and again. */
  private static String changeIndexOf(Table table) {
    return "CREATE INDEX ON %s (%s, %s);"
        .formatted(table.name(), Table.TENANT_ID, Table.UPDATED_XID);
  }

  /** What the technical columns are, said in the database as of every other table. */
  private static String commentsOf(Table table) {
    return "SELECT %s.comment_common_columns('%s');"
        .formatted(SearchPath.TECHNICAL_SCHEMA, table.name());
  }

  private static Set<String> columnsOf(Connection connection, String table) throws SQLException {
    Set<String> columns = new LinkedHashSet<>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(?::text)"
                + " AND attnum > 0 AND NOT attisdropped")) {
      statement.setString(1, table);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          columns.add(rows.getString(1));
        }
      }
    }
    return columns;
  }

  /** Name and type of every column: data, the groups' versions, and when a row changed. */
  private static List<String[]> columnsOf(Table table) {
    List<String[]> columns = new ArrayList<>();
    for (Column column : table.columns().toList()) {
      columns.add(new String[] {column.name(), column.type().sqlName()});
    }
    for (ColumnGroup group : table.groups()) {
      columns.add(new String[] {group.versionColumn(), "bytea"});
    }
    columns.add(new String[] {Table.COLUMN_VERSIONS, "jsonb"});
    columns.add(new String[] {Table.UPDATED_AT, "timestamptz"});
    columns.add(new String[] {Table.UPDATED_XID, "xid8"});
    return columns;
  }

  @SafeVarargs
  private static void bind(
      Connection connection, PreparedStatement statement, List<String>... arrays)
      throws SQLException {
    for (int i = 0; i < arrays.length; i++) {
      statement.setArray(i + 1, connection.createArrayOf("text", arrays[i].toArray()));
    }
  }

  private static String describe(ResultSet row) throws SQLException {
    String table = row.getString("name");
    if (row.getBoolean("no_table")) {
      return "the table %s is missing".formatted(table);
    }
    String actual = row.getString("actual_type");
    return actual == null
        ? "the column %s.%s is missing".formatted(table, row.getString("col"))
        : "the column %s.%s must be %s and is %s"
            .formatted(table, row.getString("col"), row.getString("type"), actual);
  }
}
