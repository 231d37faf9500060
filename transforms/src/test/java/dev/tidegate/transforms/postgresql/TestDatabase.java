package dev.tidegate.transforms.postgresql;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.flywaydb.core.Flyway;

/**
 * A migrated database of its own, on one PostgreSQL server for the whole JVM. For any test engine;
 * tests of JUnit Jupiter register a {@link PostgresExtension}.
 */
public final class TestDatabase {
  private final String jdbcUrl;

  private TestDatabase(String jdbcUrl) {
    this.jdbcUrl = jdbcUrl;
  }

  /**
   * Creates a database.
   *
   * @param statements run once after the migrations, to create a test's own tables
   */
  public static TestDatabase create(String... statements) throws SQLException {
    return createOn(Server.POSTGRES.getPort(), statements);
  }

  /** Creates a database on the server at {@code port}, which a test may stop. */
  static TestDatabase createOn(int port, String... statements) throws SQLException {
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    new TestDatabase(urlOf(port, "postgres")).execute("CREATE DATABASE " + name);
    TestDatabase database = new TestDatabase(urlOf(port, name));
    Flyway.configure()
        .dataSource(database.jdbcUrl, "postgres", null)
        .locations("classpath:dev/tidegate/schemas/migrations")
        .load()
        .migrate();
    database.execute(statements);
    return database;
  }

  /** The database, for up to four connections. */
  public DatabaseConfiguration configuration() {
    return new DatabaseConfiguration(jdbcUrl, "postgres", "TIDEGATE_TEST_PASSWORD", 4);
  }

  /** A connection beside any pool, with auto-commit. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, "postgres", null);
  }

  private static String urlOf(int port, String database) {
    return "jdbc:postgresql://localhost:%d/%s".formatted(port, database);
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

  /** The first column of the first row, as text; null where there is none. */
  public String query(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** Started with the first database; stops itself when the JVM ends. */
  private static final class Server {
    private static final EmbeddedPostgres POSTGRES = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder()
            .setServerConfig("max_connections", "100")
            .setServerConfig("fsync", "off")
            .start();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
