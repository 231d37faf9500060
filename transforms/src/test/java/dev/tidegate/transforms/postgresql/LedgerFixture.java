package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A ledger, and what is written into it and read from it. */
abstract class LedgerFixture {
  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  static final Event OLD = event("n-1", TIME, "{\"v\":\"old\"}", Map.of());
  static final Event NEW = event("n-1", TIME.plusSeconds(1), "{\"v\":\"new\"}", Map.of());

  ConnectionPool pool;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute(
        "TRUNCATE events, event_payloads, event_dead_letters, event_attempts, event_rollups, issues, issue_hours");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  void write(EventWriter.Entry... batch) throws SQLException {
    Things.writer(pool, () -> {})
        .write(
            List.of(batch),
            (entry, reason) -> {
              throw new AssertionError(reason);
            });
  }

  void fail(DeadLetter... letters) throws SQLException {
    new DeadLetterWriter(pool, new TransientRetry(() -> {}), EventSources.of(List.of()))
        .write(List.of(letters));
  }

  static DeadLetter letter(RawEvent event, String message) {
    return DeadLetter.builder()
        .event(event)
        .stage("Validate")
        .errorClass(DeadLetter.ErrorClass.INVALID)
        .errorMessage(message)
        .failedAt(TIME)
        .build();
  }

  static String ledger(String expression) throws SQLException {
    return DATABASE.query(
        """
        SELECT %s FROM events LEFT JOIN event_payloads p
          ON p.tenant_id = events.tenant_id AND p.source = events.source
          AND p.notification_id = events.notification_id AND p.stored_on = payload_stored_on
        WHERE events.notification_id = 'n-1'
        """
            .formatted(expression));
  }

  static String payloads(String expression) throws SQLException {
    return DATABASE.query("SELECT " + expression + " FROM event_payloads");
  }

  /** As text, so that a test reads it at a glance. */
  static String repeatsOf(EventWriter.Entry... batch) throws SQLException {
    try (Connection connection = DATABASE.connect()) {
      return new LedgerStatement(true, true)
          .execute(connection, List.of(batch)).entrySet().stream()
              .filter(known -> known.getValue().isRepeated())
              .map(Map.Entry::getKey)
              .map(key -> key.tenantId() + "/" + key.source() + "/" + key.notificationId())
              .sorted()
              .collect(Collectors.joining(" "));
    }
  }

  static String letters(String expression) throws SQLException {
    return DATABASE.query("SELECT " + expression + " FROM event_dead_letters");
  }
}
