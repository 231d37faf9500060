package dev.tidegate.gateway.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.StoredPayload;
import dev.tidegate.schemas.Version;
import dev.tidegate.testing.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A {@link TestDatabase} and rows of the ledger for it. */
public final class TestLedger {
  public static final Instant TIME = Instant.parse("2026-03-01T10:00:00Z");

  private final TestDatabase database;

  private TestLedger(TestDatabase database) {
    this.database = database;
  }

  public static TestLedger create() {
    return in(TestDatabase.create());
  }

  /** One in a database on a server that a test may stop. */
  public static TestLedger in(TestDatabase database) {
    return new TestLedger(database);
  }

  public String jdbcUrl() {
    return database.jdbcUrl();
  }

  public LedgerDatabase open(int connections) {
    return LedgerDatabase.open(
        new DatabaseConfiguration(
            database.jdbcUrl(), TestDatabase.USERNAME, Optional.empty(), connections));
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
        VALUES (?, 'shop', ?, ?::uuid, 'order.paid', ?, ?, ?::bytea, '2026-03-01T09:59:58Z',
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
        "INSERT INTO event_payloads VALUES (?, 'shop', ?, '2026-03-01', decode(?, 'hex'))",
        tenant,
        id,
        HexFormat.of().formatHex(StoredPayload.write(body.getBytes(StandardCharsets.UTF_8))));
  }

  /** A processed event of nobody. */
  public void event(String tenant, String id) throws SQLException {
    event(tenant, id, "PROCESSED", null, TIME, "{ \"id\": \"%s\" }".formatted(id));
  }

  /**
   * Says what an event is about, as the pipeline writes it.
   *
   * @param json with {@code keys} and {@code rows}
   */
  public void about(String tenant, String id, String json) throws SQLException {
    List<Long> hashes = new ArrayList<>();
    try {
      JsonNode about = Json.parse(json.getBytes(StandardCharsets.UTF_8));
      about.path("keys").forEach(value -> hashes.add(EventKeys.ofValue(tenant, value.asText())));
      about
          .path("rows")
          .properties()
          .forEach(
              table ->
                  table
                      .getValue()
                      .forEach(
                          key -> {
                            List<String> parts = new ArrayList<>();
                            key.forEach(part -> parts.add(part.asText()));
                            hashes.add(EventKeys.ofRow(tenant, table.getKey(), parts));
                          }));
    } catch (JsonProcessingException notJson) {
      throw new IllegalArgumentException(notJson);
    }
    execute(
        "UPDATE events SET about = ?::jsonb, about_index = ?::bigint[]"
            + " WHERE tenant_id = ? AND notification_id = ?",
        json,
        hashes.toString().replace('[', '{').replace(']', '}'),
        tenant,
        id);
  }

  /** An open dead letter, and its row of the ledger. */
  public void letter(String tenant, String id, String fingerprint) throws SQLException {
    byte[] body = ("letter " + id).getBytes(StandardCharsets.UTF_8);
    execute(
        """
        INSERT INTO event_dead_letters (
          tenant_id, source, notification_id, body_sha256, content_sha256, stage, event_type,
          error_class, error_message, fingerprint, handler_version, message_id, published_at, received_at,
          failed_at, attributes, body)
        VALUES (?, 'shop', ?, ?, ?, 'Validate', 'order.paid', 'INVALID', 'a rule is broken', ?, 'v',
          'm-' || ?, '2026-03-01T09:59:59Z', '2026-03-01T09:59:58Z', now(), '{"trace":"kept"}',
          decode(?, 'hex'))
        """,
        tenant,
        id,
        Sha256.hexOf(body),
        Sha256.hexOf(body),
        fingerprint,
        id,
        HexFormat.of().formatHex(body));
    execute(
        """
        INSERT INTO events (
          tenant_id, source, notification_id, event_id, event_type, status, version, received_at,
          published_at, processed_at, latency_ms, error_class, error_message, attributes)
        VALUES (?, 'shop', ?, ?::uuid, 'order.paid', 'DEAD_LETTER', ?::bytea, '2026-03-01T09:59:58Z',
          '2026-03-01T09:59:59Z', now(), 10, 'INVALID', 'a rule is broken', '{"trace":"kept"}')
        """,
        tenant,
        id,
        EventId.of(tenant, "shop", id).toString(),
        version(id, "letter " + id));
    issue(tenant, fingerprint);
  }

  /** A failure of an issue, as the pipeline writes it. */
  private void issue(String tenant, String fingerprint) throws SQLException {
    execute(
        """
        INSERT INTO issues AS old (
          tenant_id, fingerprint, source, stage, error_class, error_message, event_type, failures,
          first_failed_at, last_failed_at, first_release, last_release)
        VALUES (?, ?, 'shop', 'Validate', 'INVALID', 'a rule is broken', 'order.paid', 1,
          now(), now(), 'v', 'v')
        ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET
          failures = old.failures + 1, last_failed_at = EXCLUDED.last_failed_at,
          last_release = EXCLUDED.last_release,
          state = CASE WHEN old.state = 'RESOLVED' THEN 'OPEN' ELSE old.state END,
          reopened = old.reopened + (old.state = 'RESOLVED')::integer,
          reopened_at = CASE WHEN old.state = 'RESOLVED' THEN now() ELSE old.reopened_at END,
          reopened_in = CASE WHEN old.state = 'RESOLVED' THEN 'v' ELSE old.reopened_in END
        """,
        tenant,
        fingerprint);
    execute(
        """
        INSERT INTO issue_hours AS old VALUES (?, ?, date_trunc('hour', now(), 'UTC'), 1)
        ON CONFLICT (tenant_id, fingerprint, hour) DO UPDATE SET failures = old.failures + 1
        """,
        tenant,
        fingerprint);
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

  /**
   * An open task of the source {@code shop} that the event {@code cause} has caused.
   *
   * @param dueAt null for none
   * @return its ID
   */
  public String task(String tenant, String cause, String kind, int priority, String dueAt)
      throws SQLException {
    return task(tenant, cause, "order.paid", kind, priority, dueAt);
  }

  /** One of a saga's instance. */
  public String sagaTask(String tenant, String saga, String instance, String kind)
      throws SQLException {
    return task(tenant, instance, EventId.ofSaga(saga), kind, 5, null);
  }

  private String task(
      String tenant, String cause, String handler, String kind, int priority, String dueAt)
      throws SQLException {
    String id = EventId.ofEffect(tenant, "shop", cause, handler, kind).toString();
    execute(
        """
        INSERT INTO tasks (tenant_id, task_id, kind, priority, due_at, aggregate, payload, source,
          cause, handler, effect_key, depth, created_at)
        VALUES (?, ?::uuid, ?, ?::smallint, ?::timestamptz, 'order ' || ?, '{"total": 10.50}',
          'shop', ?, ?, 'the key', 2, clock_timestamp())
        """,
        tenant,
        id,
        kind,
        Integer.toString(priority),
        dueAt,
        cause,
        cause,
        handler);
    return id;
  }

  /**
   * An active instance of a saga.
   *
   * @param waitingFor null where it waits for nothing
   * @param since since when
   */
  public void saga(
      String tenant, String source, String saga, String instance, String waitingFor, String since)
      throws SQLException {
    execute(
        """
        INSERT INTO saga_instances (
          tenant_id, source, saga, instance, waiting_for, since, state, events)
        VALUES (?, ?, ?, ?, ?, ?::timestamptz, '{"asker": "ann"}', 1)
        """,
        tenant,
        source,
        saga,
        instance,
        waitingFor,
        since);
  }

  public void empty() throws SQLException {
    execute(
        "TRUNCATE events, event_payloads, event_dead_letters, replays, issues, issue_hours,"
            + " event_attempts, event_rollups, event_rollups_hourly, dry_runs, console_codes,"
            + " audit_records, effects, outbox, tasks, notices, saga_instances, saga_events,"
            + " saga_deadlines");
  }

  public void execute(String sql, String... parameters) throws SQLException {
    database.update(sql, parameters);
  }

  /** The first column of the first row, as text; null where there is none. */
  public String query(String sql) throws SQLException {
    return database.query(sql);
  }

  /** What operators did, in order: tenant, actor, actor's tenant, action and outcome. */
  public String audit() throws SQLException {
    return query(
        """
        SELECT string_agg(
          concat_ws(' ', tenant_id, actor, actor_tenant_id, action, outcome), ', '
          ORDER BY recorded_at)
        FROM audit_records
        """);
  }
}
