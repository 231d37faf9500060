package dev.tidegate.flink;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import org.flywaydb.core.Flyway;

/**
 * A database with Tidegate's tables, on loopback, without a password.
 *
 * @param jdbcUrl where
 * @param username its user
 */
record Database(String jdbcUrl, String username) {
  /** A new one of that name, on the same server as {@code server}, with all tables. */
  static Database create(Database server, String name) throws SQLException {
    try (Connection connection = server.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    String url = server.jdbcUrl().replaceFirst("/[^/]*$", "/" + name);
    Flyway.configure()
        .dataSource(url, server.username(), null)
        .locations("classpath:dev/tidegate/schemas/migrations")
        .load()
        .migrate();
    return new Database(url, server.username());
  }

  /** A query's one number. */
  long number(String query) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(query)) {
      result.next();
      return result.getLong(1);
    }
  }

  /**
   * Each table's rows, counted and hashed: every column but the time of writing; of the ledger,
   * what tells of the notifications and not of their deliveries.
   */
  Map<String, String> contents() throws SQLException {
    Map<String, String> contents = new TreeMap<>();
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      try (ResultSet tables =
          statement.executeQuery(
              """
              SELECT table_name FROM information_schema.tables
              WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
                AND table_name !~ '^(event|events|flyway)(_|$)'
              """)) {
        while (tables.next()) {
          contents.put(tables.getString(1), "to_jsonb(t) - 'updated_at'");
        }
      }
      contents.put(
          "events",
          "jsonb_build_array(t.tenant_id, t.source, t.notification_id, t.event_type, t.subject,"
              + " t.status, t.version)");
      for (Map.Entry<String, String> table : contents.entrySet()) {
        try (ResultSet rows =
            statement.executeQuery(
                """
                SELECT count(*), md5(coalesce(string_agg(line, '' ORDER BY line), ''))
                FROM (SELECT (%s)::text COLLATE "C" AS line FROM %s t) r
                """
                    .formatted(table.getValue(), table.getKey()))) {
          rows.next();
          table.setValue(rows.getLong(1) + " rows, hash " + rows.getString(2));
        }
      }
    }
    return contents;
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, username, null);
  }
}
