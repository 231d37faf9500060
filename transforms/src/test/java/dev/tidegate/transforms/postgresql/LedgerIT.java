package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.unhandled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger and the dead letters, which share it. */
class LedgerIT {
  @RegisterExtension static final PostgresExtension DATABASE = new PostgresExtension(Things.DDL);

  private static final Event OLD = event("n-1", TIME, "{\"v\":\"old\"}", Map.of());
  private static final Event NEW = event("n-1", TIME.plusSeconds(1), "{\"v\":\"new\"}", Map.of());

  private ConnectionPool pool;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE events, event_dead_letters");
    pool = ConnectionPool.open(DATABASE.configuration());
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
    return DATABASE.query("SELECT " + expression + " FROM events WHERE notification_id = 'n-1'");
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
    assertThat(ledger("num_nulls(payload, payload_bytes)")).isEqualTo("2");
    assertThat(ledger("status")).isEqualTo("UNHANDLED");
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
