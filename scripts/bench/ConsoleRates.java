import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.api.ApiRoutes;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.http.ServerLimits;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.EventKeys;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import dev.tidegate.schemas.postgresql.SearchPath;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * {@code FOLDER ROWS}: makes a ledger of so many rows by SQL, and asks a gateway for every list and
 * figure of the console.
 */
public final class ConsoleRates {
  private static final String USERNAME = "postgres";
  private static final int ROUNDS = 20;
  private static final int LIMIT_MILLIS = 300;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private ConsoleRates() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    long rows = Long.parseLong(arguments[1]);
    try (EmbeddedPostgres server = start(folder)) {
      String jdbcUrl = "jdbc:postgresql://localhost:%d/postgres".formatted(server.getPort());
      org.flywaydb.core.Flyway.configure()
          .dataSource(jdbcUrl, USERNAME, null)
          .locations("classpath:dev/tidegate/schemas/migrations")
          .jdbcProperties(java.util.Map.of(SearchPath.PROPERTY, SearchPath.STANDARD))
          .defaultSchema(SearchPath.TECHNICAL_SCHEMA)
          .load()
          .migrate();
      long start = System.nanoTime();
      try (Connection connection = DriverManager.getConnection(
          jdbcUrl, SearchPath.connectionProperties(USERNAME, null))) {
        fill(connection, rows);
        System.out.printf(
            "%,d rows of the ledger, %s, made in %d s%n",
            rows,
            value(connection, "SELECT pg_size_pretty(pg_total_relation_size('events'))"),
            Duration.ofNanos(System.nanoTime() - start).toSeconds());
        for (String index :
            List.of("events_type", "events_request_id", "events_error_class", "events_about")) {
          System.out.printf(
              "  %s has %s%n",
              index,
              value(connection, "SELECT pg_size_pretty(pg_relation_size('%s'))".formatted(index)));
        }
      }
      LedgerDatabase database =
          LedgerDatabase.open(new DatabaseConfiguration(jdbcUrl, USERNAME, Optional.empty(), 6));
      try (GatewayServer gateway =
          GatewayServer.start(
              "127.0.0.1",
              0,
              List.of(
                  new ApiRoutes(
                      new HeaderCallers(),
                      Optional.of(database),
                      new EventToken(Secret.of("key of event IDs")))),
              (service, context, request) -> service.serve(context, request),
              new ClientAddress(List.of()),
              ServerLimits.STANDARD.withRates(10_000_000, 200))) {
        measure(gateway.port(), rows);
      } finally {
        database.close();
      }
    }
  }

  /** As {@code ./tidegate up} starts its own; but nothing has to outlive the benchmark. */
  private static EmbeddedPostgres start(Path folder) throws Exception {
    return EmbeddedPostgres.builder()
        .setDataDirectory(folder.resolve("postgres"))
        .setOverrideWorkingDirectory(folder.resolve("postgres-binaries").toFile())
        .setPGStartupWait(Duration.ofSeconds(60))
        .setServerConfig("fsync", "off")
        .setServerConfig("max_wal_size", "16GB")
        .setServerConfig("max_connections", "40")
        .setServerConfig("listen_addresses", "localhost")
        .start();
  }

  /** Everybody is an operator of the tenant that the header names; of all tenants without one. */
  private static final class HeaderCallers implements Authenticator {
    @Override
    public CompletableFuture<Caller> authenticate(RequestHeaders headers) {
      String tenant = headers.get("tenant", "");
      return CompletableFuture.completedFuture(
          new Caller(
              tenant.isEmpty() ? "house" : tenant,
              Optional.of("olga"),
              Set.of(tenant.isEmpty() ? Role.PLATFORM_OPERATOR : Role.OPERATOR),
              Set.of()));
    }
  }

  // --- The ledger --------------------------------------------------------------------------------

  /** Nine of ten rows are one tenant's, one of a hundred is a dead letter; over 31 days. */
  private static void fill(Connection connection, long rows) throws SQLException {
    Map<String, String> indexes = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                """
                SELECT indexname, indexdef FROM pg_indexes
                WHERE tablename = 'events' AND indexname <> 'events_pkey'
                """)) {
      while (found.next()) {
        indexes.put(found.getString(1), found.getString(2));
      }
    }
    for (String index : indexes.keySet()) {
      execute(connection, "DROP INDEX " + index);
    }
    execute(connection, "ALTER TABLE events DROP CONSTRAINT events_pkey");
    execute(connection, "SET synchronous_commit = off");
    execute(connection, "SET maintenance_work_mem = '1GB'");
    execute(
        connection,
        """
        INSERT INTO events (
          tenant_id, source, notification_id, event_id, event_type, subject, status, version,
          received_at, published_at, processed_at, processing_duration_ms, latency_ms, error_class,
          error_message, request_id, attributes, message_id, about, about_index)
        SELECT tenant, source, 'n' || i, md5('e' || i)::uuid,
          CASE WHEN i %% 500000 = 7 THEN 'rare.type' ELSE source || '.type' || i %% 29 END,
          CASE WHEN source = 'shop' THEN 'user' || i %% 100000 END,
          status, decode(md5(i::text) || substr(md5('v' || i), 1, 16), 'hex'),
          at, at, at, 5, 40 + i %% 100,
          CASE WHEN status = 'DEAD_LETTER' THEN
            CASE WHEN i %% 1000000 = 0 THEN 'RARE_ERROR' ELSE 'INVALID' END END,
          CASE WHEN status = 'DEAD_LETTER' THEN 'a rule is broken' END,
          'r' || md5('r' || i), '{"source":"terminal49","content_type":"application/json"}', 'm' || i,
          jsonb_build_object('keys', jsonb_build_object('container_number', 'C' || i %% 500000),
            'rows', jsonb_build_object('containers', jsonb_build_array(jsonb_build_array(i %% 500000)))),
          ARRAY[i %% 500000, i %% 500000 + 1000000,
            CASE WHEN i %% 100000 = 3 THEN %2$d WHEN i %% 200 = 3 THEN %3$d ELSE i %% 300000 + 2000000 END]
        FROM (
          SELECT i,
            CASE WHEN i %% 10 < 9 THEN 'big' ELSE 'small' || i / 10 %% 3 END AS tenant,
            CASE WHEN i %% 400000 = 11 THEN 'rare' WHEN i %% 10 < 7 THEN 'terminal49'
              WHEN i %% 10 = 7 THEN 'shop' ELSE 'billing' END AS source,
            CASE WHEN i %% 100 = 0 THEN 'DEAD_LETTER' WHEN i %% 50 = 1 THEN 'UNHANDLED'
              ELSE 'PROCESSED' END AS status,
            now() - interval '31 days' * (1 - i::float8 / %1$d) AS at
          FROM generate_series(1, %1$d) AS i) made
        """
            .formatted(
                rows, EventKeys.ofValue("big", "MSCU1234567"), EventKeys.ofValue("big", "common")));
    execute(
        connection,
        "ALTER TABLE events ADD PRIMARY KEY (tenant_id, source, notification_id)");
    for (String definition : indexes.values()) {
      execute(connection, definition);
    }
    execute(
        connection,
        """
        INSERT INTO event_dead_letters (
          tenant_id, source, notification_id, body_sha256, content_sha256, stage, event_type,
          error_class, error_message, fingerprint, handler_version, message_id, published_at,
          received_at, failed_at, attributes, body)
        SELECT tenant_id, source, notification_id, 'x', 'x', 'Validate', event_type, error_class,
          error_message, CASE WHEN row_number() OVER () % 2 = 0 THEN 'half'
            ELSE 'f' || row_number() OVER () % 1000 END,
          'v', message_id, published_at, received_at, processed_at, attributes, 'a body'
        FROM events WHERE status = 'DEAD_LETTER'
        """);
    execute(
        connection,
        """
        INSERT INTO issues (
          tenant_id, fingerprint, source, stage, error_class, error_message, event_type, failures,
          first_failed_at, last_failed_at, first_release, last_release, state)
        SELECT tenant_id, fingerprint, min(source), 'Validate', min(error_class), 'a rule is broken',
          min(event_type), count(*), min(failed_at), max(failed_at), 'v', 'v',
          CASE WHEN hashtext(fingerprint) % 3 = 0 THEN 'RESOLVED' ELSE 'OPEN' END
        FROM event_dead_letters GROUP BY tenant_id, fingerprint
        """);
    execute(
        connection,
        """
        INSERT INTO issue_hours
        SELECT tenant_id, fingerprint, date_trunc('hour', failed_at, 'UTC'), count(*)
        FROM event_dead_letters GROUP BY 1, 2, 3
        """);
    String figures =
        """
        , 100, 5000, 0, 0, 10, 20, 30, 20, 10, 5, 5, 0, 0, 0, 0, 0
        FROM (VALUES ('big', 29), ('small0', 5), ('small1', 5), ('small2', 5)) AS t (tenant, types)
        CROSS JOIN (VALUES ('terminal49'), ('shop'), ('billing')) AS s (source)
        CROSS JOIN (VALUES ('PROCESSED'), ('DEAD_LETTER')) AS k (status)
        CROSS JOIN LATERAL generate_series(0, types - 1) AS type
        """;
    execute(
        connection,
        "INSERT INTO event_rollups SELECT tenant, minute, source, source || '.type' || type, status, writer"
            + figures
            + """
            CROSS JOIN generate_series(0, 1) AS writer
            CROSS JOIN generate_series(date_trunc('minute', now()) - interval '3 days', now(), interval '1 minute') AS minute
            WHERE status = 'PROCESSED' OR type %% 10 = 0
            """
                .formatted());
    execute(
        connection,
        "INSERT INTO event_rollups_hourly SELECT tenant, hour, source, source || '.type' || type, status"
            + figures
            + """
            CROSS JOIN generate_series(
              date_trunc('hour', now(), 'UTC') - interval '31 days',
              date_trunc('hour', now(), 'UTC') - interval '1 hour', interval '1 hour') AS hour
            """);
    execute(connection, "VACUUM ANALYZE");
    execute(connection, "CHECKPOINT");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String value(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getString(1);
    }
  }

  // --- The questions -----------------------------------------------------------------------------

  private static void measure(int port, long rows) throws Exception {
    Instant now = Instant.now();
    String day = "since=" + now.minus(Duration.ofDays(1));
    String month = "since=" + now.minus(Duration.ofDays(31)) + "&until=" + now;
    String event = "/admin/events?";
    List<String> questions = new ArrayList<>();
    for (String filter :
        List.of(
            "",
            "status=PROCESSED",
            "status=UNHANDLED",
            "status=DEAD_LETTER",
            "source=terminal49",
            "source=rare",
            "source=none",
            "eventType=terminal49.type3",
            "eventType=rare.type",
            "eventType=none",
            "eventType=rare.type&status=DEAD_LETTER",
            "source=terminal49&eventType=terminal49.type3&status=UNHANDLED",
            "subject=user7",
            "subject=none",
            "subject=user7&status=DEAD_LETTER",
            "about=MSCU1234567",
            "about=common",
            "about=none",
            "about=containers/none",
            "about=common&status=DEAD_LETTER",
            "about=common&eventType=rare.type",
            "notificationId=n%d".formatted(rows / 2 + 1),
            "notificationId=none",
            "requestId=none",
            "errorClass=INVALID",
            "errorClass=RARE_ERROR",
            "errorClass=NONE",
            "errorClass=INVALID&eventType=rare.type",
            "errorClass=INVALID&source=rare",
            "fingerprint=half",
            "fingerprint=f7",
            "fingerprint=none",
            "fingerprint=half&eventType=rare.type",
            day,
            "until=" + now.minus(Duration.ofDays(30)),
            "until=%s&eventType=rare.type".formatted(now.minus(Duration.ofDays(15))))) {
      questions.add(event + filter);
    }
    questions.addAll(
        List.of(
            "/admin/events/failed",
            "/admin/events/failed?fingerprint=half",
            "/admin/issues",
            "/admin/issues?state=RESOLVED&limit=100",
            "/admin/issues?errorClass=NONE",
            "/admin/issues?source=shop&stage=Validate",
            "/admin/issues/half",
            "/admin/overview",
            "/admin/charts?since=" + now.minus(Duration.ofHours(6)) + "&until=" + now,
            "/admin/charts?" + day + "&until=" + now,
            "/admin/charts?" + month,
            "/admin/charts?source=shop&" + month,
            "/admin/tenants",
            "/admin/sources"));
    String format = "%-11s %-82s %8s %8s  %s%n";
    System.out.printf(format, "tenant", "request", "median", "worst", "< 300 ms");
    int slow = 0;
    for (String question : questions) {
      for (String tenant : new String[] {"big", "small1", ""}) {
        if (!tenant.equals("big") && question.startsWith("/admin/issues/")) {
          continue;
        }
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
          millis.add(ask(port, tenant, question));
        }
        List<Long> sorted = millis.stream().sorted().toList();
        long worst = sorted.get(ROUNDS - 1);
        slow += worst < LIMIT_MILLIS ? 0 : 1;
        System.out.printf(
            format,
            tenant.isEmpty() ? "(all)" : tenant,
            question.replaceAll("[.][0-9]{6,9}Z", "Z"),
            sorted.get(ROUNDS / 2),
            worst,
            worst < LIMIT_MILLIS ? "yes" : "NO");
      }
    }
    System.out.printf("%d of them took longer at worst%n", slow);
  }

  private static long ask(int port, String tenant, String path) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d%s".formatted(port, path)));
    if (!tenant.isEmpty()) {
      request.header("tenant", tenant);
    }
    long start = System.nanoTime();
    HttpResponse<String> answer =
        HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    long millis = Duration.ofNanos(System.nanoTime() - start).toMillis();
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(path + " answers " + answer.body());
    }
    return millis;
  }
}
