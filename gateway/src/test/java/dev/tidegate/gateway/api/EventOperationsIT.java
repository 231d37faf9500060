package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.operations.RunningOperations.eventId;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.operations.RunningOperations;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators see and do of single events. */
class EventOperationsIT {
  private static final RecordingPublisher PUBLISHER = new RecordingPublisher();
  private static TestLedger ledger;
  private static RunningOperations running;
  private static TestClient client;

  @BeforeAll
  static void start() throws SQLException {
    ledger = TestLedger.create();
    running = RunningOperations.start(ledger, PUBLISHER);
    client = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    ledger.empty();
    ledger.execute("TRUNCATE containers, shipments");
    PUBLISHER.forget();
  }

  private static String audit() throws SQLException {
    return ledger.query(
        """
        SELECT string_agg(
          concat_ws(' ', tenant_id, actor, actor_tenant_id, action, outcome), ', '
          ORDER BY recorded_at)
        FROM audit_records
        """);
  }

  private static Answer onEvent(String id, String verb) {
    return client.post(A_OPERATOR, "/admin/events/" + eventId("a", id) + "/" + verb, null);
  }

  @Test
  void failedEventsArePaged() throws SQLException {
    for (int i = 0; i < 5; i++) {
      ledger.letter("a", "n" + i, "f");
    }
    JsonNode first = client.get(A_OPERATOR, "/admin/events/failed?limit=2").json();
    JsonNode last = client.get(A_OPERATOR, "/admin/events/failed?limit=2&page=3").json();

    assertThat(first.path("events").findValuesAsText("notificationId")).containsExactly("n4", "n3");
    assertThat(first.path("more").asBoolean()).isTrue();
    assertThat(last.path("events").findValuesAsText("notificationId")).containsExactly("n0");
    assertThat(last.path("more").asBoolean()).isFalse();
  }

  @Test
  void anEventIsShownWithPayloadLettersAndRows() throws SQLException {
    ledger.event("a", "n1", "PROCESSED", "ann", TIME, "{\"total\":10.50}");
    ledger.execute(
        """
        INSERT INTO containers (tenant_id, t49_container_id, identity_version, extra_version)
        VALUES ('a', 'c1', ?::bytea, 'other'), ('a', 'c2', 'other', 'other'),
          ('b', 'c1', ?::bytea, NULL)
        """,
        TestLedger.version("n1", "{\"total\":10.50}"),
        TestLedger.version("n1", "{\"total\":10.50}"));

    JsonNode event = client.get(A_OPERATOR, "/admin/events/" + eventId("a", "n1")).json();

    assertThat(event.path("payload")).hasToString("{\"total\":10.50}");
    assertThat(event.path("attributes").path("trace").asText()).isEqualTo("kept");
    assertThat(event.path("attempts").asInt()).isEqualTo(1);
    assertThat(event.path("rowsWritten"))
        .hasToString(
            "{\"rows\":[{\"table\":\"containers\",\"key\":{\"tenant_id\":\"a\","
                + "\"t49_container_id\":\"c1\"},\"groups\":[\"identity\"]}],\"complete\":true}");
  }

  @Test
  void aFailedEventIsShownWithTheLettersBody() throws SQLException {
    ledger.letter("a", "n1", "f1");
    JsonNode event = client.get(A_OPERATOR, "/admin/events/" + eventId("a", "n1")).json();

    assertThat(Base64.getDecoder().decode(event.path("payloadBase64").asText()))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("letter n1");
    assertThat(event.path("deadLetters").path(0).path("fingerprint").asText()).isEqualTo("f1");
  }

  @Test
  void anEventIsReplayedFromItsLetter() throws SQLException {
    ledger.letter("a", "n1", "f1");
    Answer answer = onEvent("n1", "replay");

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.json().path("success").asBoolean()).isTrue();
    assertThat(PUBLISHER.all("replay_id")).containsExactly(answer.json().path("replayId").asText());
    assertThat(PUBLISHER.all("dead_letter_id")).doesNotContainNull();
    assertThat(audit()).isEqualTo("a olga a REPLAY_EVENT DONE");
  }

  @Test
  void withoutALetterTheLedgersBodyIsReplayed() throws SQLException {
    ledger.event("a", "n1");
    assertThat(onEvent("n1", "replay").status()).isEqualTo(202);
    assertThat(PUBLISHER.all("notification_id")).containsExactly("n1");
    assertThat(PUBLISHER.all("dead_letter_id")).containsOnlyNulls();

    ledger.execute("TRUNCATE event_payloads");
    assertThat(onEvent("n1", "replay").status()).isEqualTo(409);
    assertThat(onEvent("pending", "replay").status()).isEqualTo(409);
    assertThat(PUBLISHER.all()).hasSize(1);
  }

  @Test
  void whilePubsubIsAwayTheCallerIsToldToComeBack() throws SQLException {
    ledger.letter("a", "n1", "f1");
    PUBLISHER.failNext(1);
    Answer answer = onEvent("n1", "replay");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.response().headers().firstValue("retry-after")).isPresent();
    assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("OPEN");
  }

  @Test
  void aBatchAnswersForEachEvent() throws SQLException {
    ledger.letter("a", "n1", "f1");
    ledger.letter("b", "n2", "f1");
    Answer answer =
        client.post(
            A_OPERATOR,
            "/process-batch",
            "{\"eventIds\":[\"%s\",\"%s\",\"x\"]}"
                .formatted(eventId("a", "n1"), eventId("b", "n2")));

    assertThat(answer.json().path("results").findValuesAsText("success"))
        .containsExactly("true", "false", "false");
    assertThat(answer.json().path("success").asBoolean()).isFalse();
    assertThat(PUBLISHER.all("tenant_id")).containsExactly("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "event|{}|/eventId",
        "event|{\"eventId\":7}|/eventId",
        "event|{\"eventId\":\"x\",\"tenant\":\"b\"}|''",
        "batch|{}|/eventIds",
        "batch|{\"eventIds\":[7]}|/eventIds",
        "batch|{\"eventIds\":\"x\"}|/eventIds"
      })
  void mistakesInABodyAreNamed(String route, String body, String pointer) {
    Answer answer = client.post(A_OPERATOR, "/process-" + route, body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).contains(pointer);
  }

  @Test
  void aLetterIsDiscardedOnce() throws SQLException {
    ledger.letter("a", "n1", "f1");
    assertThat(onEvent("n1", "discard").json().path("lettersDiscarded").asInt()).isEqualTo(1);
    assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("DISCARDED");
    assertThat(onEvent("n1", "discard").status()).isEqualTo(409);
    assertThat(audit()).isEqualTo("a olga a DISCARD_EVENT DONE");
  }

  @Test
  void whatCannotBeWrittenDownIsNotDone() throws SQLException {
    ledger.letter("a", "n1", "f1");
    ledger.execute("ALTER TABLE audit_records ADD CONSTRAINT nothing CHECK (false) NOT VALID");
    try {
      for (String verb : new String[] {"discard", "replay"}) {
        Answer answer = onEvent("n1", verb);
        assertThat(answer.status()).isEqualTo(500);
        assertThat(answer.json().toString()).doesNotContain("n1", "audit_records", "SQLSTATE");
      }
      assertThat(client.post(A_OPERATOR, "/admin/replays", "{}").status()).isEqualTo(500);
    } finally {
      ledger.execute("ALTER TABLE audit_records DROP CONSTRAINT nothing");
    }
    assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("OPEN");
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("0");
    assertThat(PUBLISHER.all()).isEmpty();
  }
}
