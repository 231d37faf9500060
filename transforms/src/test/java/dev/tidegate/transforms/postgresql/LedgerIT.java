package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.raw;
import static dev.tidegate.transforms.postgresql.Things.unhandled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger and the dead letters, which share it. */
class LedgerIT {
  static final TestDatabase DATABASE = TestDatabase.create(Things.DDL);

  private static final Event OLD = event("n-1", TIME, "{\"v\":\"old\"}", Map.of());
  private static final Event NEW = event("n-1", TIME.plusSeconds(1), "{\"v\":\"new\"}", Map.of());

  private ConnectionPool pool;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE events, event_payloads, event_dead_letters");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  private void write(BatchEntry... batch) throws SQLException {
    Things.writer(pool, () -> {})
        .write(
            List.of(batch),
            (entry, reason) -> {
              throw new AssertionError(reason);
            });
  }

  private void fail(DeadLetter... letters) throws SQLException {
    new DeadLetterWriter(pool, new TransientRetry(() -> {})).write(List.of(letters));
  }

  private static DeadLetter letter(RawEvent event, String message) {
    return DeadLetter.builder()
        .event(event)
        .stage("Validate")
        .errorClass(DeadLetter.ErrorClass.INVALID)
        .errorMessage(message)
        .failedAt(TIME)
        .build();
  }

  private static String ledger(String expression) throws SQLException {
    return DATABASE.query(
        """
        SELECT %s FROM events LEFT JOIN event_payloads p
          ON p.tenant_id = events.tenant_id AND p.source = events.source
          AND p.notification_id = events.notification_id AND p.stored_on = payload_stored_on
        WHERE events.notification_id = 'n-1'
        """
            .formatted(expression));
  }

  private static String payloads(String expression) throws SQLException {
    return DATABASE.query("SELECT " + expression + " FROM event_payloads");
  }

  /** As text, so that a test reads it at a glance. */
  private static String repeatsOf(BatchEntry... batch) throws SQLException {
    try (Connection connection = DATABASE.connect()) {
      return new LedgerStatement(true)
          .execute(connection, List.of(batch)).stream()
              .sorted()
              .map(key -> key.tenantId() + "/" + key.source() + "/" + key.notificationId())
              .collect(Collectors.joining(" "));
    }
  }

  private static String letters(String expression) throws SQLException {
    return DATABASE.query("SELECT " + expression + " FROM event_dead_letters");
  }

  @Test
  void eventIsRecordedWithItsBody() throws SQLException {
    write(handled(NEW));
    assertThat(ledger("status || attempts")).isEqualTo("PROCESSED1");
    assertThat(ledger("payload ->> 'v'")).isEqualTo("new");
    assertThat(ledger("num_nulls(payload_bytes, error_class, error_message)")).isEqualTo("3");
    assertThat(ledger("version")).isEqualTo(NEW.version().text());
    assertThat(ledger("published_at = '2026-03-01T10:15:30Z' AND latency_ms IS NOT NULL"))
        .isEqualTo("t");
  }

  @Test
  void bodyIsLeftOutWhereTheLedgerIsToKeepNone() throws SQLException {
    new EventWriter(pool, new TransientRetry(() -> {}), List.of(), false)
        .write(List.of(unhandled(NEW)), (entry, reason) -> {});
    assertThat(ledger("num_nulls(payload_stored_on, payload, payload_bytes)")).isEqualTo("3");
    assertThat(ledger("status")).isEqualTo("UNHANDLED");
    assertThat(payloads("count(*)")).isEqualTo("0");
  }

  @Test
  void newerBodyThatIsNotKeptLeavesNoneOfTheOlder() throws SQLException {
    write(handled(OLD));
    new EventWriter(pool, new TransientRetry(() -> {}), List.of(), false)
        .write(List.of(handled(NEW)), (entry, reason) -> {});
    assertThat(ledger("version")).isEqualTo(NEW.version().text());
    assertThat(ledger("num_nulls(payload_stored_on, payload, payload_bytes)")).isEqualTo("3");
  }

  @Test
  void bodyIsStoredUnderTheDatabasesDay() throws SQLException {
    write(handled(NEW));
    assertThat(ledger("payload_stored_on = (processed_at AT TIME ZONE 'UTC')::date"))
        .isEqualTo("t");
  }

  @Test
  void neitherARepeatNorAnOlderBodyWritesAPayload() throws SQLException {
    write(handled(NEW));
    DATABASE.execute("TRUNCATE event_payloads");
    write(handled(NEW));
    write(handled(OLD));
    write(unhandled(NEW), handled(event("n-2", TIME, "{\"v\":\"other\"}", Map.of())));
    assertThat(ledger("attempts")).isEqualTo("4");
    assertThat(payloads("string_agg(notification_id, ' ')")).isEqualTo("n-2");
  }

  @Test
  void newerBodyOfAnotherDayIsStoredUnderItsOwn() throws SQLException {
    write(handled(OLD));
    DATABASE.execute(
        "UPDATE event_payloads SET stored_on = stored_on - 1",
        "UPDATE events SET payload_stored_on = payload_stored_on - 1");
    assertThat(ledger("payload ->> 'v'")).isEqualTo("old");
    write(handled(NEW));
    assertThat(ledger("payload ->> 'v'")).isEqualTo("new");
    write(handled(OLD));
    assertThat(ledger("payload ->> 'v'")).isEqualTo("new");
  }

  @Test
  void jsonOnceKeptAsBytesLeavesNoTraceInANewerBody() throws SQLException {
    write(handled(event("n-1", TIME, "{\"v\":\"\\u0000\"}", Map.of())));
    assertThat(ledger("payload_bytes IS NULL")).isEqualTo("f");
    write(handled(NEW));
    assertThat(ledger("payload_bytes IS NULL AND payload ->> 'v' = 'new'")).isEqualTo("t");
  }

  @Test
  void nameThatComesTwiceIsKeptAsJsonbKeepsIt() throws SQLException {
    write(handled(event("n-1", TIME, "{\"v\":\"first\",\"v\":\"last\"}", Map.of())));
    assertThat(ledger("payload::jsonb")).isEqualTo("{\"v\": \"last\"}");
  }

  @Test
  void onlyWhatTheLedgerDescribedAlreadyIsARepeat() throws SQLException {
    Event other = event("n-2", TIME, "{}", Map.of());
    assertThat(repeatsOf(handled(OLD), handled(OLD))).as("first seen").isEmpty();
    assertThat(repeatsOf(handled(OLD), handled(other))).isEqualTo("acme/shop/n-1");
    assertThat(repeatsOf(handled(NEW))).as("newer").isEmpty();
    assertThat(repeatsOf(handled(OLD))).as("older").isEmpty();
    assertThat(repeatsOf(handled(OLD), handled(NEW), handled(other)))
        .isEqualTo("acme/shop/n-1 acme/shop/n-2");
    assertThat(repeatsOf()).isEmpty();
  }

  @Test
  void whatIsWrittenForTheFirstTimeIsNoRepeat() throws SQLException {
    fail(letter(OLD.raw(), "wrong"));
    DATABASE.execute("UPDATE events SET version = '" + OLD.version().text() + "'");
    assertThat(repeatsOf(unhandled(OLD))).as("was a dead letter").isEmpty();
    assertThat(repeatsOf(unhandled(OLD))).isEqualTo("acme/shop/n-1");
    assertThat(repeatsOf(handled(OLD))).as("was unhandled").isEmpty();
    assertThat(repeatsOf(unhandled(OLD))).isEqualTo("acme/shop/n-1");
  }

  @Test
  void repeatCountsAsAnAttemptAndChangesNothingElse() throws SQLException {
    write(handled(NEW));
    String before = ledger("to_jsonb(events) - 'attempts'");
    write(handled(NEW), handled(NEW));
    assertThat(ledger("to_jsonb(events) - 'attempts'")).isEqualTo(before);
    assertThat(ledger("attempts")).isEqualTo("3");
  }

  @Test
  void newerBodyOfTheSameNotificationTakesOver() throws SQLException {
    write(handled(OLD));
    String id = ledger("event_id");
    write(handled(NEW));
    assertThat(ledger("payload ->> 'v'")).isEqualTo("new");
    assertThat(ledger("event_id")).isEqualTo(id);
  }

  @Test
  void theEventsIdIsKnownBeforeItIsHere() throws SQLException {
    String id = EventId.of(NEW.tenantId(), NEW.raw().source(), "n-1").toString();
    fail(letter(NEW.raw(), "first a dead letter"));
    assertThat(ledger("event_id")).isEqualTo(id);
    DATABASE.execute("TRUNCATE events");
    write(handled(NEW));
    assertThat(ledger("event_id")).isEqualTo(id);
  }

  @Test
  void aLetterWithoutAReadableIdIsKnownByItsMessage() throws SQLException {
    RawEvent unreadable =
        NEW.raw().toBuilder().notificationId(Optional.empty()).messageId("m-7").build();
    fail(letter(unreadable, "no ID"));
    assertThat(DATABASE.query("SELECT event_id FROM events"))
        .isEqualTo(EventId.of(NEW.tenantId(), NEW.raw().source(), "pubsub-message:m-7").toString());
  }

  @Test
  void olderBodyOfTheSameNotificationOnlyCounts() throws SQLException {
    write(handled(NEW));
    write(handled(OLD));
    assertThat(ledger("(payload ->> 'v') || attempts")).isEqualTo("new2");
  }

  @Test
  void bothBodiesInOneBatchAreOneRow() throws SQLException {
    write(handled(NEW), handled(OLD));
    assertThat(ledger("(payload ->> 'v') || attempts")).isEqualTo("new2");
  }

  @Test
  void unhandledEventGivesWayOnceAHandlerKnowsItAndNeverBack() throws SQLException {
    write(unhandled(NEW));
    write(handled(NEW));
    assertThat(ledger("status")).isEqualTo("PROCESSED");
    write(unhandled(NEW));
    assertThat(ledger("status || attempts")).isEqualTo("PROCESSED3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"v\":\"\\u0000\"}",
        "{\"v\":\"\\ud83d\"}",
        "{\"v\":1e999999}",
        "\uFEFF{\"v\":1}"
      })
  void bodyThatJsonbRefusesIsKeptAsItsBytes(String body) throws SQLException {
    Event event = event("n-1", TIME, body, Map.of());
    write(handled(event));
    assertThat(ledger("payload")).isNull();
    assertThat(ledger("encode(payload_bytes, 'hex')"))
        .isEqualTo(HexFormat.of().formatHex(event.raw().body()));
  }

  @Test
  void attributesThatTextRefusesAreKeptForPeopleToRead() throws SQLException {
    Map<String, String> attributes =
        Map.of("a\0b", "c\0d", "subject", "s\0", "request_id", "r\0", "signature_valid", "false");
    write(handled(event("n-1", TIME, "{}", attributes)));
    assertThat(ledger("attributes ->> E'a\uFFFDb'")).isEqualTo("c\uFFFDd");
    assertThat(ledger("subject || request_id || signature_valid")).isEqualTo("s\uFFFDr\uFFFDfalse");
    fail(letter(Things.raw("n-2", "{}", attributes), "w\0rong"));
    assertThat(letters("error_message")).isEqualTo("w\uFFFDrong");
  }

  @Test
  void letterIsKeptWithItsOriginalBytes() throws SQLException {
    byte[] body = {0, (byte) 0xff, 'x', '\\', '\n'};
    RawEvent event = OLD.raw().toBuilder().body(body).build();
    fail(letter(event, "wrong"));
    assertThat(letters("encode(body, 'hex')")).isEqualTo(HexFormat.of().formatHex(body));
    assertThat(letters("status || attempts || body_sha256"))
        .isEqualTo("OPEN1" + event.bodySha256());
    assertThat(ledger("status || error_class || error_message"))
        .isEqualTo("DEAD_LETTERINVALIDwrong");
    assertThat(ledger("num_nulls(payload, payload_bytes)")).isEqualTo("2");
  }

  @Test
  void repeatOfALetterCountsAndKeepsTheLastReason() throws SQLException {
    fail(letter(OLD.raw(), "wrong"));
    fail(letter(OLD.raw(), "wronger"), letter(OLD.raw(), "wronger"));
    assertThat(letters("count(*)")).isEqualTo("1");
    assertThat(letters("attempts || error_message")).isEqualTo("3wronger");
    assertThat(ledger("attempts || error_message")).isEqualTo("3wronger");
  }

  @Test
  void eachBodyOfANotificationIsALetterOfItsOwn() throws SQLException {
    fail(letter(OLD.raw(), "wrong"), letter(NEW.raw(), "wrong"));
    assertThat(letters("count(*)")).isEqualTo("2");
  }

  @Test
  void ofTwoBodiesThatFailedTheLedgerTellsOfOneThroughout() throws SQLException {
    RawEvent one = raw("n-1", "one", Map.of("request_id", "of one"));
    RawEvent other = raw("n-1", "other", Map.of("request_id", "of other"));
    fail(letter(one, "one"));
    fail(letter(other, "other"));
    String ledger = ledger("concat_ws(' ', error_message, request_id, version)");
    DATABASE.execute("TRUNCATE events, event_dead_letters");
    fail(letter(other, "other"));
    fail(letter(one, "one"));

    assertThat(ledger("concat_ws(' ', error_message, request_id, version)")).isEqualTo(ledger);
    assertThat(ledger("request_id")).isEqualTo("of " + ledger("error_message"));
    assertThat(ledger("attempts")).isEqualTo("2");
  }

  @Test
  void whatOnlyTheArchiveRefusesIsALetterAndLeavesTheLedgerAlone() throws SQLException {
    fail(
        DeadLetter.builder()
            .event(OLD.raw())
            .stage("ArchiveRaw")
            .errorClass(DeadLetter.ErrorClass.ARCHIVE_REJECTED)
            .errorMessage("too large")
            .failedAt(TIME)
            .build());

    assertThat(letters("status || stage")).isEqualTo("OPENArchiveRaw");
    assertThat(DATABASE.query("SELECT count(*) FROM events")).isEqualTo("0");
  }

  @Test
  void deadLetterNeverTakesTheLedgerFromAProcessedEvent() throws SQLException {
    write(handled(OLD));
    String before = ledger("to_jsonb(events)");
    fail(letter(NEW.raw(), "wrong"));
    assertThat(ledger("to_jsonb(events)")).isEqualTo(before);
    assertThat(letters("count(*)")).isEqualTo("1");
  }

  @Test
  void deadLetterGivesWayToTheEventThatWorks() throws SQLException {
    fail(letter(NEW.raw(), "wrong"));
    write(handled(OLD));
    assertThat(ledger("status || (payload ->> 'v') || attempts")).isEqualTo("PROCESSEDold2");
    assertThat(ledger("num_nulls(error_class, error_message)")).isEqualTo("2");
  }
}
