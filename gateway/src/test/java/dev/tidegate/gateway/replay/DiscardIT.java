package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestLedger.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Many dead letters are discarded as a replay that publishes nothing; what is asked before. */
class DiscardIT {
  private static final int LETTERS = 250;

  private static final String DISCARD =
      "{\"action\":\"DISCARD\",\"reason\":\"a test of the sender's\"%s}";

  private static TestLedger ledger;

  private static RecordingPublisher publisher;
  private static RunningReplays running;

  @BeforeAll
  static void start() {
    ledger = TestLedger.create();
    publisher = new RecordingPublisher();
    running = RunningReplays.start(ledger, publisher);
  }

  @AfterAll
  static void stop() {
    running.close();
  }

  @BeforeEach
  void fill() throws SQLException {
    ledger.empty();
    publisher.forget();
    ledger.letters("a", LETTERS);
    ledger.letters("b", 3);
  }

  private static String start(RunningReplays running, String more) {
    Answer answer =
        running.client().client().post(A_OPERATOR, "/admin/replays", DISCARD.formatted(more));
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(202);
    return answer.json().path("replayId").asText();
  }

  private static String count(String status) throws SQLException {
    return count(ledger, status);
  }

  private static String count(TestLedger ledger, String status) throws SQLException {
    return ledger.query(
        "SELECT concat_ws(' ', count(*) FILTER (WHERE tenant_id = 'a'),"
            + " count(*) FILTER (WHERE tenant_id = 'b'))"
            + " FROM event_dead_letters WHERE status = '%s'".formatted(status));
  }

  @Test
  void lettersAreDiscardedInTheBackgroundAndNothingIsPublished() throws SQLException {
    ledger.execute(
        "UPDATE event_dead_letters SET status = 'REPLAYED' WHERE notification_id = 'n007'");
    String replay = start(running, "");
    JsonNode done = running.client().awaitCompleted(replay);
    assertThat(done.path("action").asText()).isEqualTo("DISCARD");
    assertThat(done.path("cause").asText()).isEqualTo("a test of the sender's");
    assertThat(done.path("effects").asText()).isEqualTo("NONE");
    assertThat(done.path("selected").asInt()).isEqualTo(LETTERS - 1);
    assertThat(done.path("published").asInt()).isEqualTo(LETTERS - 1);
    assertThat(ledger.audit()).contains("START_REPLAY");
    assertThat(
            ledger.query(
                "SELECT concat_ws(' ', details ->> 'action', details ->> 'reason')"
                    + " FROM audit_records"))
        .isEqualTo("DISCARD a test of the sender's");
    assertThat(count("DISCARDED")).isEqualTo("249 0");
    assertThat(count("OPEN")).isEqualTo("0 3");
    assertThat(count("REPLAYED")).isEqualTo("1 0");
    assertThat(publisher.all()).isEmpty();
  }

  @Test
  void itCanBePausedAndCancelled() throws SQLException {
    ReplayClient client = running.client();
    String replay = start(running, ",\"eventsPerSecond\":20");
    await().until(() -> client.show(replay).path("published").asInt() >= 10);
    assertThat(client.change(replay, "pause").status()).isEqualTo(200);
    await()
        .until(
            () ->
                ledger
                    .query("SELECT count(*) FROM replays WHERE lease_token IS NOT NULL")
                    .equals("0"));
    int published = client.show(replay).path("published").asInt();
    assertThat(count("DISCARDED")).isEqualTo(published + " 0");
    assertThat(client.change(replay, "cancel").json().path("status").asText())
        .isEqualTo("CANCELLED");
    assertThat(published).isLessThan(LETTERS);
  }

  @Test
  void aKilledGatewaysDiscardIsTakenOverWhenItsLeaseRunsOut() throws SQLException {
    String replay;
    TestLedger own = TestLedger.create();
    own.letters("a", LETTERS);
    try (RunningReplays killed = RunningReplays.start(own, publisher)) {
      replay = start(killed, ",\"eventsPerSecond\":40");
      await().until(() -> killed.client().show(replay).path("published").asInt() >= 20);
    }
    // As a gateway leaves it that was killed in its turn: what it did not write down is undone.
    own.execute(
        "UPDATE replays SET lease_token = gen_random_uuid(), events_per_second = 1000,"
            + " leased_until = now() + interval '2 seconds'");
    try (RunningReplays one = RunningReplays.start(own, publisher);
        RunningReplays other = RunningReplays.start(own, publisher)) {
      assertThat(one.client().awaitCompleted(replay).path("published").asInt()).isEqualTo(LETTERS);
      assertThat(other.client().show(replay).path("status").asText()).isEqualTo("COMPLETED");
    }
    assertThat(count(own, "DISCARDED")).isEqualTo(LETTERS + " 0");
    assertThat(publisher.all()).isEmpty();
  }

  @Test
  void onlyOpenLettersAreDiscardedAndNeverWithoutAReason() throws SQLException {
    for (String[] mistake :
        new String[][] {
          {"{\"action\":\"DISCARD\"}", "/reason"},
          {"{}", "/reason"},
          {"{\"reason\":\" \"}", "/reason"},
          {"{\"reason\":\"%s\"}".formatted("x".repeat(501)), "/reason"},
          {DISCARD.formatted(",\"from\":\"LEDGER\""), "/action"},
          {
            DISCARD.formatted(",\"filter\":{\"letterStatus\":\"REPLAYED\"}"), "/filter/letterStatus"
          },
          {"{\"action\":\"DROP\",\"reason\":\"r\"}", "/action"}
        }) {
      Answer answer = running.client().client().post(A_OPERATOR, "/admin/replays", mistake[0]);
      assertThat(answer.status()).as(mistake[0]).isEqualTo(400);
      assertThat(answer.pointers()).as(mistake[0]).contains(mistake[1]);
    }
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("0");
    // One event needs none.
    String one = "{\"action\":\"DISCARD\",\"filter\":{\"notificationIds\":[\"%s\"]}}";
    assertThat(
            running
                .client()
                .client()
                .post(A_OPERATOR, "/admin/replays", one.formatted(ids(1).get(0)))
                .status())
        .isEqualTo(202);
  }

  @Test
  void aPreviewCountsByTypeTenantAndErrorClass() throws SQLException {
    ledger.execute(
        "UPDATE event_dead_letters SET event_type = 'order.sent', error_class = 'HANDLER_FAILURE'"
            + " WHERE notification_id = 'n001'");
    Answer answer =
        running.client().client().post(PLATFORM, "/admin/replays/preview", "{\"effects\":\"ALL\"}");
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    JsonNode preview = answer.json();
    assertThat(preview.path("selected").asInt()).isEqualTo(LETTERS + 3);
    assertThat(preview.path("exact").asBoolean()).isTrue();
    assertThat(preview.path("byTenant").toString())
        .isEqualTo("[{\"tenant\":\"a\",\"events\":250},{\"tenant\":\"b\",\"events\":3}]");
    assertThat(preview.path("byType").toString())
        .isEqualTo(
            "[{\"source\":\"shop\",\"eventType\":\"order.paid\",\"events\":251},"
                + "{\"source\":\"shop\",\"eventType\":\"order.sent\",\"events\":2}]");
    assertThat(preview.path("byErrorClass").findValuesAsText("errorClass"))
        .hasSize(2)
        .contains("HANDLER_FAILURE");
    assertThat(preview.path("effects").toString()).isEqualTo("{\"mode\":\"ALL\",\"repeated\":0}");
    assertThat(preview.path("examples").size()).isEqualTo(10);
    assertThat(preview.path("examples").path(0).path("at").asText()).startsWith("20");
    assertThat(preview.path("examples").findValuesAsText("notificationId"))
        .allMatch(id -> id.startsWith("n"));
    // A tenant's operator sees its own.
    assertThat(
            running
                .client()
                .client()
                .post(A_OPERATOR, "/admin/replays/preview", "{}")
                .json()
                .path("selected")
                .asInt())
        .isEqualTo(LETTERS);
    assertThat(
            running
                .client()
                .client()
                .post(A_OPERATOR, "/admin/replays/preview", "{\"from\":\"LEDGER\"}")
                .json()
                .path("byTenant"))
        .isEmpty();
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("0");
    assertThat(count("OPEN")).isEqualTo("250 3");
  }

  @Test
  void aReplayTellsHowManyAttemptsFailedAgain() throws SQLException {
    ReplayClient client = running.client();
    String replay = client.start(A_OPERATOR, ReplayClient.quickly(""));
    assertThat(client.awaitCompleted(replay).path("failedAgain").asInt(-1)).isZero();
    ledger.execute(
        """
        INSERT INTO event_attempts (tenant_id, source, notification_id, attempted_at, outcome,
          release, replay_id)
        SELECT 'a', 'shop', 'n' || i, now(), CASE i WHEN 3 THEN 'PROCESSED' ELSE 'DEAD_LETTER' END,
          'r', ?
        FROM generate_series(1, 3) AS i
        """,
        replay);
    assertThat(client.show(replay).path("failedAgain").asInt()).isEqualTo(2);
    assertThat(
            client
                .client()
                .get(A_OPERATOR, "/admin/replays")
                .json()
                .path("items")
                .get(0)
                .has("failedAgain"))
        .isFalse();
  }
}
