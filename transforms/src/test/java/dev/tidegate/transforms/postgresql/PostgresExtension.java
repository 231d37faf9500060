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
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * A migrated database of its own for each test class, on one PostgreSQL server for the whole JVM:
 * {@code @RegisterExtension static final PostgresExtension DATABASE = new PostgresExtension();}.
 */
public final class PostgresExtension implements BeforeAllCallback {
  private static final Namespace NAMESPACE = Namespace.create(PostgresExtension.class);

  private final String[] statements;
  private String jdbcUrl;

  /**
   * @param statements run once after the migrations, to create a test's own tables
   */
  public PostgresExtension(String... statements) {
    this.statements = statements.clone();
  }

  @Override
  public void beforeAll(ExtensionContext context) throws SQLException {
    Server server =
        context
            .getRoot()
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(Server.class, type -> Server.start(), Server.class);
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    jdbcUrl = server.urlOf("postgres");
    execute("CREATE DATABASE " + name);
    jdbcUrl = server.urlOf(name);
    Flyway.configure()
        .dataSource(jdbcUrl, "postgres", null)
        .locations("classpath:dev/tidegate/schemas/migrations")
        .load()
        .migrate();
    execute(statements);
  }

  /** The database, for up to four connections. */
  public DatabaseConfiguration configuration() {
    return new DatabaseConfiguration(jdbcUrl, "postgres", "TIDEGATE_TEST_PASSWORD", 4);
  }

  /** A connection beside any pool, with auto-commit. */
  public Connection connect() throws SQLException {
    return DriverManager.getConnection(jdbcUrl, "postgres", null);
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

  /** Started with the first class that needs it, closed by JUnit with the JVM's last test. */
  private record Server(EmbeddedPostgres postgres) implements AutoCloseable {
    static Server start() {
      try {
        return new Server(
            EmbeddedPostgres.builder()
                .setServerConfig("max_connections", "100")
                .setServerConfig("fsync", "off")
                .start());
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    String urlOf(String database) {
      return "jdbc:postgresql://localhost:%d/%s".formatted(postgres.getPort(), database);
    }

    @Override
    public void close() throws IOException {
      postgres.close();
    }
  }
}
