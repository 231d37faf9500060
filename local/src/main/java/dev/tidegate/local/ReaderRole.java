package dev.tidegate.local;

import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.postgresql.PGConnection;

/**
 * A role of PostgreSQL that reads what Tidegate writes, and changes nothing: for applications, and
 * for people who look around. It reads the events of all tenants.
 */
public final class ReaderRole {
  /** What only the gateway reads: who did what, and how browsers sign in. */
  private static final List<String> PRIVATE = List.of("audit_records", "console_codes");

  /** The SQLSTATE of a right that the user lacks. */
  private static final String NOT_ALLOWED = "42501";

  /**
   * Everything that the user owns in a schema, now and later: a schema may hold tables of others.
   */
  private static final String OWN_RELATIONS =
      """
      SELECT format('GRANT SELECT ON %s TO %I', c.oid::regclass, ?::text)
      FROM pg_class c
      WHERE c.relnamespace = ?::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
        AND pg_has_role(c.relowner, 'USAGE') AND c.relname <> ALL (?)
      """;

  private static final String DATABASE =
      """
      SELECT format('ALTER ROLE %I IN DATABASE %I SET search_path = %s', ?::text, current_database(),
          (SELECT string_agg(quote_ident(name), ', ') FROM unnest(current_schemas(false)) AS name)),
        format('ALTER ROLE %I IN DATABASE %I SET default_transaction_read_only = on', ?::text,
          current_database())
      """;

  private ReaderRole() {}

  /**
   * Makes the role, or brings the rights of one that is there up to date.
   *
   * @param database its user must own the tables, and be allowed to make roles where there is no
   *     such role yet
   * @param password of the database's user
   * @param name of the role
   * @param readerPassword with it the role may log in; without one it may where {@code logsIn}
   * @param logsIn whether the role may log in
   * @throws LocalSystemException where the user may not do that
   */
  public static void grant(
      LocalOptions.Database database,
      @Nullable String password,
      String name,
      @Nullable String readerPassword,
      boolean logsIn) {
    try (Connection connection =
            DriverManager.getConnection(
                database.jdbcUrl(),
                SearchPath.connectionProperties(database.username(), password));
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      String role = statement.enquoteIdentifier(name, true);
      if (!exists(connection, name)) {
        statement.execute("CREATE ROLE " + role);
      }
      if (logsIn || readerPassword != null) {
        statement.execute("ALTER ROLE %s LOGIN".formatted(role));
      }
      if (readerPassword != null) {
        // The driver sends a hash: a server may log statements.
        connection
            .unwrap(PGConnection.class)
            .alterUserPassword(name, readerPassword.toCharArray(), null);
      }
      for (String sql : settings(connection, name)) {
        statement.execute(sql);
      }
      for (String schema : schemas(connection)) {
        String quoted = statement.enquoteIdentifier(schema, true);
        statement.execute("GRANT USAGE ON SCHEMA %s TO %s".formatted(quoted, role));
        for (String sql : grants(connection, name, schema)) {
          statement.execute(sql);
        }
        statement.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT SELECT ON TABLES TO %s"
                .formatted(quoted, role));
      }
      connection.commit();
    } catch (SQLException failure) {
      throw new LocalSystemException(
          NOT_ALLOWED.equals(failure.getSQLState())
              ? "%s may not make the role %s (%s). Have an administrator run CREATE ROLE %s, then run this again"
                  .formatted(database.username(), name, failure.getMessage(), name)
              : "The role %s cannot be made (SQLSTATE %s): %s"
                  .formatted(name, failure.getSQLState(), failure.getMessage()),
          failure);
    }
  }

  private static boolean exists(Connection connection, String name) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT FROM pg_roles WHERE rolname = ?")) {
      query.setString(1, name);
      try (ResultSet row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  /** The applications' schema and the technical one. */
  private static List<String> schemas(Connection connection) throws SQLException {
    try (Statement query = connection.createStatement();
        ResultSet row = query.executeQuery("SELECT current_schema()")) {
      row.next();
      return List.of(row.getString(1), SearchPath.TECHNICAL_SCHEMA);
    }
  }

  private static List<String> settings(Connection connection, String name) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(DATABASE)) {
      query.setString(1, name);
      query.setString(2, name);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return List.of(row.getString(1), row.getString(2));
      }
    }
  }

  private static List<String> grants(Connection connection, String name, String schema)
      throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(OWN_RELATIONS)) {
      query.setString(1, name);
      query.setString(2, schema);
      query.setArray(3, connection.createArrayOf("text", PRIVATE.toArray()));
      List<String> statements = new ArrayList<>();
      try (ResultSet rows = query.executeQuery()) {
        while (rows.next()) {
          statements.add(rows.getString(1));
        }
      }
      return statements;
    }
  }
}
