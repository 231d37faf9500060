package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.unhandled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.RawEvent;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the ledger tells of events that were written. */
class LedgerIT extends LedgerFixture {
  @Test
  void eventIsRecordedWithItsBody() throws SQLException {
    write(handled(NEW));
    assertThat(ledger("status || attempts")).isEqualTo("PROCESSED1");
    assertThat(ledger("payload_json(payload) ->> 'v'")).isEqualTo("new");
    assertThat(ledger("num_nulls(error_class, error_message)")).isEqualTo("2");
    assertThat(ledger("version")).isEqualTo(NEW.version().text());
    assertThat(ledger("published_at = '2026-03-01T10:15:30Z' AND latency_ms IS NOT NULL"))
        .isEqualTo("t");
  }

  @Test
  void bodyIsLeftOutWhereTheLedgerIsToKeepNone() throws SQLException {
    new EventWriter(pool, new TransientRetry(() -> {}), List.of(), false)
        .write(List.of(unhandled(NEW)), (entry, reason) -> {});
    assertThat(ledger("num_nulls(payload_stored_on, payload)")).isEqualTo("2");
    assertThat(ledger("status")).isEqualTo("UNHANDLED");
    assertThat(payloads("count(*)")).isEqualTo("0");
  }

  @Test
  void newerBodyThatIsNotKeptLeavesNoneOfTheOlder() throws SQLException {
    write(handled(OLD));
    new EventWriter(pool, new TransientRetry(() -> {}), List.of(), false)
        .write(List.of(handled(NEW)), (entry, reason) -> {});
    assertThat(ledger("version")).isEqualTo(NEW.version().text());
    assertThat(ledger("num_nulls(payload_stored_on, payload)")).isEqualTo("2");
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
    assertThat(ledger("payload_json(payload) ->> 'v'")).isEqualTo("old");
    write(handled(NEW));
    assertThat(ledger("payload_json(payload) ->> 'v'")).isEqualTo("new");
    write(handled(OLD));
    assertThat(ledger("payload_json(payload) ->> 'v'")).isEqualTo("new");
  }

  @Test
  void nameThatComesTwiceIsKeptAsJsonbKeepsIt() throws SQLException {
    write(handled(event("n-1", TIME, "{\"v\":\"first\",\"v\":\"last\"}", Map.of())));
    assertThat(ledger("payload_json(payload)")).isEqualTo("{\"v\": \"last\"}");
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
    assertThat(ledger("payload_json(payload) ->> 'v'")).isEqualTo("new");
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
    assertThat(ledger("(payload_json(payload) ->> 'v') || attempts")).isEqualTo("new2");
  }

  @Test
  void bothBodiesInOneBatchAreOneRow() throws SQLException {
    write(handled(NEW), handled(OLD));
    assertThat(ledger("(payload_json(payload) ->> 'v') || attempts")).isEqualTo("new2");
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
  void bodyThatJsonbRefusesIsKeptAsItCame(String body) throws SQLException {
    Event event = event("n-1", TIME, body, Map.of());
    write(handled(event));
    assertThat(ledger("payload_json(payload)")).isNull();
    assertThat(ledger("encode(payload_body(payload), 'hex')"))
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
}
