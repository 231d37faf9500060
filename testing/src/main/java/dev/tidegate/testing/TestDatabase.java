package dev.tidegate.testing;

import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A test class's own database on a real PostgreSQL: {@code static final TestDatabase DATABASE =
 * TestDatabase.create();}. It listens on loopback and wants no password.
 */
public final class TestDatabase {
  /** The superuser. */
  public static final String USERNAME = "postgres";

  private final String jdbcUrl;

  TestDatabase(int port, String name) {
    jdbcUrl = "jdbc:postgresql://localhost:%d/%s".formatted(port, name);
  }

  /**
   * Creates a database with Tidegate's tables, on the server that all tests of this JVM share.
   *
   * @param statements run afterwards, to create a test's own tables
   */
  public static TestDatabase create(String... statements) {
    return PostgresServer.shared().createDatabase(statements);
  }

  /** Creates a database without any table, on the server that all tests of this JVM share. */
  public static TestDatabase createEmpty() {
    return PostgresServer.shared().createEmptyDatabase();
  }

  public String jdbcUrl() {
    return jdbcUrl;
  }

  /** A connection outside of any pool, with auto-commit. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, SearchPath.connectionProperties(USERNAME, null));
  }

  /** Runs statements, each by itself. */
  public void execute(String... sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      for (String text : sql) {
        statement.execute(text);
      }
    }
  }

  /** Runs one statement with parameters, all of them texts. */
  public void update(String sql, String... parameters) throws SQLException {
    try (Connection connection = connect();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      statement.execute();
    }
  }

  /** The first column of the first row, as text; null where there is no row. */
  public String query(String sql) throws SQLException {
    List<String> column = column(sql);
    return column.isEmpty() ? null : column.get(0);
  }

  /** The first column of all rows, as texts. */
  public List<String> column(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      List<String> column = new ArrayList<>();
      while (rows.next()) {
        column.add(rows.getString(1));
      }
      return column;
    }
  }
}
