package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static dev.tidegate.transforms.postgresql.Things.raw;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.RawEvent;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * What the ledger tells of dead letters, and how these and written events give way to each other.
 */
class LedgerOfLettersIT extends LedgerFixture {
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
    assertThat(ledger("payload")).isNull();
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
    assertThat(ledger("status || (payload_json(payload) ->> 'v') || attempts"))
        .isEqualTo("PROCESSEDold2");
    assertThat(ledger("num_nulls(error_class, error_message)")).isEqualTo("2");
  }
}
