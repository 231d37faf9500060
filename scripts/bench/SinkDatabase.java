import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.EventSources;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;

/** A PostgreSQL server with the settings that {@code ./tidegate up} gives its own. */
final class SinkDatabase implements AutoCloseable {
  static final String USERNAME = "postgres";

  /** No event of the benchmark is refused but those that say this in one of two columns. */
  static final String POISON = "POISON";

  private final EmbeddedPostgres server;

  private SinkDatabase(EmbeddedPostgres server) {
    this.server = server;
  }

  static SinkDatabase start(Path folder) throws Exception {
    SinkDatabase database =
        new SinkDatabase(
            EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("postgres"))
                .setOverrideWorkingDirectory(folder.resolve("postgres-binaries").toFile())
                .setPGStartupWait(Duration.ofSeconds(60))
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "40")
                .setServerConfig("listen_addresses", "localhost")
                .setServerConfig("track_commit_timestamp", "on")
                .start());
    Flyway.configure()
        .dataSource(database.jdbcUrl(), USERNAME, null)
        .locations("classpath:dev/tidegate/schemas/migrations")
        .jdbcProperties(java.util.Map.of(SearchPath.PROPERTY, SearchPath.STANDARD))
        .defaultSchema(SearchPath.TECHNICAL_SCHEMA)
        .load()
        .migrate();
    // The tables' definitions take it: only the database can tell.
    for (String check : List.of("container_events.voyage_number", "vessels.name")) {
      String[] column = check.split("\\.");
      database.execute(
          "ALTER TABLE %s ADD CONSTRAINT bench_poison CHECK (%s <> '%s')"
              .formatted(column[0], column[1], POISON));
    }
    return database;
  }

  String jdbcUrl() {
    return "jdbc:postgresql://localhost:%d/postgres".formatted(server.getPort());
  }

  /** A connection that commits by itself. */
  Connection connect() throws SQLException {
    return DriverManager.getConnection(
        jdbcUrl(), SearchPath.connectionProperties(USERNAME, null));
  }

  /** Empties all tables and writes out what waits to be, so that every run starts alike. */
  void clear() throws SQLException {
    execute(
        "TRUNCATE "
            + String.join(
                ", ",
                Stream.concat(
                        Stream.of("events"),
                        EventSources.installed().tables().stream().map(Table::name))
                    .toList()));
    execute("CHECKPOINT");
  }

  /** Takes away what a relay would have published. */
  void emptyOutbox() throws SQLException {
    execute("TRUNCATE outbox");
  }

  /** How many of {@code tenant}'s events are in the ledger. */
  long events(String tenant) throws SQLException {
    return number("SELECT count(*) FROM events WHERE tenant_id = '%s'".formatted(tenant));
  }

  /** In how many transactions they got there. */
  long transactions(String tenant) throws SQLException {
    return number(
        "SELECT count(DISTINCT xmin::text) FROM events WHERE tenant_id = '%s'".formatted(tenant));
  }

  /** When the last of {@code tenant}'s rows in {@code tables} was committed. */
  Instant lastCommit(String tenant, List<String> tables) throws SQLException {
    long micros = 0;
    for (String table : tables) {
      micros =
          Math.max(
              micros,
              number(
                  """
                  SELECT coalesce(max(extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000), 0)
                  FROM %s WHERE tenant_id = '%s'
                  """
                      .formatted(table, tenant)));
    }
    return Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1_000);
  }

  /** How many deadlocks the server has had to resolve. */
  long deadlocks() throws SQLException {
    return number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }

  @Override
  public void close() throws Exception {
    server.close();
  }
}
