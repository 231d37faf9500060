package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replays of events that are named. */
class EventReplaysIT {
  private static final RecordingPublisher PUBLISHER = new RecordingPublisher();
  private static TestLedger ledger;
  private static RunningReplays running;
  private static ReplayClient replays;

  @BeforeAll
  static void start() throws SQLException {
    ledger = TestLedger.create();
    running = RunningReplays.start(ledger, PUBLISHER);
    replays = running.client();
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    ledger.empty();
    PUBLISHER.forget();
  }

  private static String eventId(String tenant, String id) {
    return RunningReplays.TOKENS.of(tenant, "shop", id);
  }

  private static Answer replayNow(String id) {
    return post("/admin/events/" + eventId("a", id) + "/replay", null);
  }

  private static Answer post(String path, String body) {
    return replays.client().post(A_OPERATOR, path, body);
  }

  private static JsonNode awaitCompleted(Answer started) {
    assertThat(started.status()).as(started.json().toString()).isEqualTo(202);
    String id = started.json().path("replayId").asText();
    assertThat(started.response().headers().firstValue("location"))
        .contains("/admin/replays/" + id);
    return replays.awaitCompleted(id);
  }

  @Test
  void anEventIsReplayedFromItsLetter() throws SQLException {
    ledger.letter("a", "n1", "f1");
    Answer answer = replayNow("n1");

    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.json().path("messages").asInt()).isEqualTo(1);
    assertThat(PUBLISHER.all("replay_id")).containsExactly(answer.json().path("replayId").asText());
    assertThat(PUBLISHER.all("dead_letter_id")).doesNotContainNull();
    assertThat(ledger.query("SELECT concat_ws(' ', actor, action, outcome) FROM audit_records"))
        .isEqualTo("olga REPLAY_EVENT DONE");
  }

  @Test
  void withoutALetterTheLedgersBodyIsReplayed() throws SQLException {
    ledger.event("a", "n1");
    assertThat(replayNow("n1").status()).isEqualTo(202);
    assertThat(PUBLISHER.all("notification_id")).containsExactly("n1");
    assertThat(PUBLISHER.all("dead_letter_id")).containsOnlyNulls();

    ledger.execute("TRUNCATE event_payloads");
    assertThat(replayNow("n1").status()).isEqualTo(409);
    assertThat(replayNow("pending").status()).isEqualTo(409);
    assertThat(PUBLISHER.all()).hasSize(1);
  }

  @Test
  void whilePubsubIsAwayTheCallerIsToldToComeBack() throws SQLException {
    ledger.letter("a", "n1", "f1");
    PUBLISHER.failNext(1);
    Answer answer = replayNow("n1");

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.response().headers().firstValue("retry-after")).isPresent();
    assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("OPEN");
  }

  @Test
  void oneEventIsProcessedByAReplay() throws SQLException {
    ledger.letter("a", "n1", "f1");
    Answer started = post("/process-event", "{\"eventId\":\"%s\"}".formatted(eventId("a", "n1")));

    JsonNode done = awaitCompleted(started);
    assertThat(done.path("from").asText()).isEqualTo("EVENTS");
    assertThat(done.path("tenant").asText()).isEqualTo("a");
    assertThat(done.path("published").asInt()).isEqualTo(1);
    assertThat(PUBLISHER.all("replay_id")).containsExactly(done.path("replayId").asText());
  }

  @Test
  void aBatchTakesWhatThereIsOfItAndNamesTheRest() throws SQLException {
    ledger.letter("a", "n1", "f1");
    ledger.event("a", "n2");
    ledger.letter("b", "n3", "f1");
    Answer started =
        post(
            "/process-batch",
            "{\"eventIds\":[\"%s\",\"%s\",\"%s\",\"x\",\"%s\"]}"
                .formatted(
                    eventId("a", "n1"),
                    eventId("b", "n3"),
                    eventId("a", "n2"),
                    eventId("a", "n1")));

    assertThat(started.json().path("skipped").findValuesAsText("pointer"))
        .containsExactly("/eventIds/1", "/eventIds/3");
    assertThat(awaitCompleted(started).path("published").asInt()).isEqualTo(2);
    assertThat(PUBLISHER.all("notification_id")).containsExactly("n1", "n2");
    assertThat(PUBLISHER.all("tenant_id")).containsOnly("a");
  }

  @Test
  void aPlatformOperatorsBatchMayBeOfSeveralTenants() throws SQLException {
    ledger.letter("a", "n1", "f1");
    ledger.letter("b", "n2", "f1");
    Answer started =
        replays
            .client()
            .post(
                PLATFORM,
                "/process-batch",
                "{\"eventIds\":[\"%s\",\"%s\"]}".formatted(eventId("a", "n1"), eventId("b", "n2")));

    assertThat(awaitCompleted(started).has("tenant")).isFalse();
    assertThat(PUBLISHER.all("tenant_id")).containsExactly("a", "b");
  }

  @Test
  void whereNothingCanBeReplayedThereIsNoReplay() throws SQLException {
    ledger.letter("b", "n1", "f1");
    Answer answer = post("/process-batch", "{\"eventIds\":[\"%s\"]}".formatted(eventId("b", "n1")));

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.pointers()).containsExactly("/eventIds/0");
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "event|{}|/eventId",
        "event|{\"eventId\":7}|/eventId",
        "event|{\"eventId\":\"x\",\"tenant\":\"b\"}|/tenant",
        "event|{\"eventId\":\"x\",\"effects\":\"some\"}|/effects",
        "batch|{\"eventIds\":[\"x\"],\"effects\":\"all\"}|/effects",
        "batch|{}|/eventIds",
        "batch|{\"eventIds\":[7]}|/eventIds/0",
        "batch|{\"eventIds\":\"x\"}|/eventIds"
      })
  void mistakesInABodyAreNamed(String route, String body, String pointer) {
    Answer answer = post("/process-" + route, body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).contains(pointer);
  }

  @Test
  void singleEventsCauseWhatIsMissingUnlessItIsSaid() throws SQLException {
    ledger.letter("a", "n1", "f1");
    String id = eventId("a", "n1");

    assertThat(replayNow("n1").status()).isEqualTo(202);
    assertThat(post("/admin/events/" + id + "/replay?effects=ALL", null).status()).isEqualTo(202);
    awaitCompleted(post("/process-event", "{\"eventId\":\"%s\"}".formatted(id)));
    awaitCompleted(
        post("/process-event", "{\"eventId\":\"%s\",\"effects\":\"NONE\"}".formatted(id)));
    awaitCompleted(
        post("/process-batch", "{\"eventIds\":[\"%s\"],\"effects\":\"ALL\"}".formatted(id)));

    assertThat(PUBLISHER.all("effects"))
        .containsExactly("missing", "all", "missing", "none", "all");
    Answer mistaken = post("/admin/events/" + id + "/replay?effects=all", null);
    assertThat(mistaken.status()).isEqualTo(400);
    assertThat(mistaken.pointers()).containsExactly("effects");
  }
}
