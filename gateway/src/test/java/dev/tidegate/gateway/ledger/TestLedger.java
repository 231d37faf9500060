package dev.tidegate.gateway.ledger;

import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.Version;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.flywaydb.core.Flyway;

/** A migrated database of its own, on one PostgreSQL server for the whole JVM, and rows for it. */
public final class TestLedger {
  public static final Instant TIME = Instant.parse("2026-03-01T10:00:00Z");

  private final String jdbcUrl;

  private TestLedger(String jdbcUrl) {
    this.jdbcUrl = jdbcUrl;
  }

  public static TestLedger create() throws SQLException {
    return createOn(Server.POSTGRES.getPort());
  }

  /** One on the server at {@code port}, which a test may stop. */
  static TestLedger createOn(int port) throws SQLException {
    String name = "test_" + UUID.randomUUID().toString().replace("-", "");
    new TestLedger(urlOf(port, "postgres")).execute("CREATE DATABASE " + name);
    TestLedger ledger = new TestLedger(urlOf(port, name));
    Flyway.configure()
        .dataSource(ledger.jdbcUrl, "postgres", null)
        .locations("classpath:dev/tidegate/schemas/migrations")
        .load()
        .migrate();
    return ledger;
  }

  private static String urlOf(int port, String name) {
    return "jdbc:postgresql://localhost:%d/%s".formatted(port, name);
  }

  public LedgerDatabase open(int connections) {
    return LedgerDatabase.open(
        new DatabaseConfiguration(jdbcUrl, "postgres", Optional.empty(), connections));
  }

  /** The version of the body {@code body} of notification {@code id}. */
  public static String version(String id, String body) {
    return new Version(TIME, id, Sha256.hexOf(body.getBytes(StandardCharsets.UTF_8))).text();
  }

  /** A row of the ledger with its payload. */
  public void event(
      String tenant, String id, String status, String subject, Instant processedAt, String body)
      throws SQLException {
    execute(
        """
        INSERT INTO events (
          tenant_id, source, notification_id, event_id, event_type, subject, status, version,
          received_at, published_at, processed_at, processing_duration_ms, latency_ms, attributes,
          payload_stored_on)
        VALUES (?, 'shop', ?, ?::uuid, 'order.paid', ?, ?, ?, '2026-03-01T09:59:58Z',
          '2026-03-01T09:59:59Z', ?::timestamptz, 250, 1500, '{"trace":"kept"}', '2026-03-01')
        """,
        tenant,
        id,
        EventId.of(tenant, "shop", id).toString(),
        subject,
        status,
        version(id, body),
        processedAt.toString());
    execute(
        "INSERT INTO event_payloads VALUES (?, 'shop', ?, '2026-03-01', ?::json)",
        tenant,
        id,
        body);
  }

  /** A processed event of nobody. */
  public void event(String tenant, String id) throws SQLException {
    event(tenant, id, "PROCESSED", null, TIME, "{ \"id\": \"%s\" }".formatted(id));
  }

  /** An open dead letter, and its row of the ledger. */
  public void letter(String tenant, String id, String fingerprint) throws SQLException {
    byte[] body = ("letter " + id).getBytes(StandardCharsets.UTF_8);
    execute(
        """
        INSERT INTO event_dead_letters (
          tenant_id, source, notification_id, body_sha256, stage, event_type, error_class,
          error_message, fingerprint, handler_version, message_id, published_at, received_at,
          failed_at, attributes, body)
        VALUES (?, 'shop', ?, ?, 'Validate', 'order.paid', 'INVALID', 'a rule is broken', ?, 'v',
          'm-' || ?, '2026-03-01T09:59:59Z', '2026-03-01T09:59:58Z', now(), '{"trace":"kept"}',
          decode(?, 'hex'))
        """,
        tenant,
        id,
        Sha256.hexOf(body),
        fingerprint,
        id,
        HexFormat.of().formatHex(body));
    execute(
        """
        INSERT INTO events (
          tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
          published_at, processed_at, latency_ms, error_class, error_message, attributes)
        VALUES (?, 'shop', ?, ?::uuid, 'order.paid', 'DEAD_LETTER', ?, '2026-03-01T09:59:58Z',
          '2026-03-01T09:59:59Z', now(), 10, 'INVALID', 'a rule is broken', '{"trace":"kept"}')
        """,
        tenant,
        id,
        EventId.of(tenant, "shop", id).toString(),
        version(id, "letter " + id));
  }

  /** So many open dead letters, n000 and so on, of two fingerprints: f0 and f1. */
  public void letters(String tenant, int count) throws SQLException {
    for (String id : ids(count)) {
      letter(tenant, id, "f" + Integer.parseInt(id.substring(1)) % 2);
    }
  }

  /** The notification IDs of {@link #letters}, in their order. */
  public static List<String> ids(int count) {
    return IntStream.range(0, count).mapToObj("n%03d"::formatted).toList();
  }

  public void empty() throws SQLException {
    execute(
        "TRUNCATE events, event_payloads, event_dead_letters, replays, issue_states,"
            + " audit_records");
  }

  public void execute(String sql, String... parameters) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl, "postgres", null);
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      statement.execute();
    }
  }

  /** The first column of the first row, as text; null where there is none. */
  public String query(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl, "postgres", null);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  private static final class Server {
    private static final EmbeddedPostgres POSTGRES = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder()
            .setServerConfig("max_connections", "200")
            .setServerConfig("fsync", "off")
            .start();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
