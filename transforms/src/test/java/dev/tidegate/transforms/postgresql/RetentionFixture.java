package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;

import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.postgresql.LedgerRetention.Result;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A ledger with a retention, and what the tests ask of it. */
abstract class RetentionFixture {
  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  static final Duration RETENTION = Duration.ofDays(30);
  static final int CHUNK = 4;

  ConnectionPool pool;

  @BeforeEach
  void openPool() throws SQLException {
    dropPartitions();
    DATABASE.execute(
        "TRUNCATE events, event_payloads, event_dead_letters, event_attempts, event_rollups,"
            + " event_rollups_hourly, issues, issue_hours");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  Result run(Duration retention, int day) {
    Instant now = Instant.now().plus(Duration.ofDays(day));
    return new LedgerRetention(pool, retention, connection -> now, CHUNK).run();
  }

  Result run() {
    return run(RETENTION, 0);
  }

  void write(String... ids) throws SQLException {
    List<EventWriter.Entry> batch = new ArrayList<>();
    for (String id : ids) {
      batch.add(handled(event(id, TIME)));
    }
    Things.writer(pool, () -> {})
        .write(
            batch,
            (entry, reason) -> {
              throw new AssertionError(reason);
            });
  }

  static void dropPartitions() throws SQLException {
    String partitions =
        DATABASE.query(
            """
            SELECT string_agg(inhrelid::regclass::text, ', ') FROM pg_inherits
            WHERE inhparent = 'event_payloads'::regclass
              AND inhrelid <> 'event_payloads_default'::regclass
            """);
    if (partitions != null) {
      DATABASE.execute("DROP TABLE " + partitions);
    }
  }

  static LocalDate today() {
    return LocalDate.now(ZoneOffset.UTC);
  }

  static String partition(int day) {
    return "event_payloads_" + DateTimeFormatter.BASIC_ISO_DATE.format(today().plusDays(day));
  }

  /** The days' partitions, as distances from today. */
  static String partitions() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg((right(inhrelid::regclass::text, 8)::date - '%s'::date)::text, ' '
          ORDER BY right(inhrelid::regclass::text, 8))
        FROM pg_inherits
        WHERE inhparent = 'event_payloads'::regclass
          AND inhrelid <> 'event_payloads_default'::regclass
        """
            .formatted(today()));
  }

  /** Where payloads are: {@code id@partition}. */
  static String payloads() throws SQLException {
    return DATABASE.query(
        """
        SELECT string_agg(notification_id || '@' || tableoid::regclass, ' '
          ORDER BY notification_id) FROM event_payloads
        """);
  }

  static void payload(String id, int day) throws SQLException {
    DATABASE.execute(
        "INSERT INTO event_payloads VALUES ('acme', 'shop', '%s', '%s', '{}')"
            .formatted(id, today().plusDays(day)));
  }

  static void ledgerRow(String id, int day) throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO events (tenant_id, source, notification_id, event_id, status, version, received_at,
          published_at, processed_at, attributes)
        VALUES ('acme', 'shop', '%s', gen_random_uuid(), 'PROCESSED', 'v', now(), now(),
          now() + interval '%d days', '{}')
        """
            .formatted(id, day));
  }

  static void letter(String id, String status) throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO event_dead_letters (tenant_id, source, notification_id, body_sha256,
          content_sha256, stage, error_class, error_message, fingerprint, status, handler_version, message_id,
          published_at, received_at, failed_at, attributes, body)
        VALUES ('acme', 'shop', '%s', '', '', 'Decode', 'INVALID', '', '', '%s', '', '', now(), now(),
          now(), '{}', '')
        """
            .formatted(id, status));
  }

  static String ledger() throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(notification_id, ' ' ORDER BY notification_id) FROM events");
  }

  static Result result(int created, int dropped, int deleted) {
    return new Result(created, dropped, deleted, List.of());
  }
}
