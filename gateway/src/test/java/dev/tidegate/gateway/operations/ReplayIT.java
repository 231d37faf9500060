package dev.tidegate.gateway.operations;

import static dev.tidegate.gateway.ledger.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.ledger.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.ledger.RecordingPublisher;
import dev.tidegate.gateway.ledger.RecordingPublisher.Published;
import dev.tidegate.gateway.ledger.TestClient;
import dev.tidegate.gateway.ledger.TestClient.Answer;
import dev.tidegate.gateway.ledger.TestLedger;
import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Replays of many events: what they publish, how fast, and what holds them up. */
class ReplayIT {
  private static TestLedger ledger;

  private final RecordingPublisher publisher = new RecordingPublisher();
  private RunningOperations running;
  private TestClient client;

  @BeforeAll
  static void create() throws SQLException {
    ledger = TestLedger.create();
  }

  @BeforeEach
  void start() throws SQLException {
    ledger.empty();
    running = RunningOperations.start(ledger, publisher);
    client = running.client();
  }

  @AfterEach
  void stop() {
    running.close();
  }

  private static void letters(String tenant, int count) throws SQLException {
    for (int i = 0; i < count; i++) {
      ledger.letter(tenant, "n%03d".formatted(i), "f" + i % 2);
    }
  }

  private static List<String> ids(int count) {
    return IntStream.range(0, count).mapToObj("n%03d"::formatted).toList();
  }

  private String start(String caller, String body) {
    Answer answer = client.post(caller, "/admin/replays", body);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(202);
    return answer.json().path("replayId").asText();
  }

  private JsonNode show(String replay) {
    return client.get(PLATFORM, "/admin/replays/" + replay).json();
  }

  private JsonNode awaitStatus(String replay, String status) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> show(replay).path("status").asText().equals(status));
    return show(replay);
  }

  private Answer change(String replay, String verb) {
    return client.post(A_OPERATOR, "/admin/replays/" + replay + "/" + verb, null);
  }

  private static String ofEach(String more) {
    return "{\"eventsPerSecond\":1000" + more + "}";
  }

  @Test
  void everyLetterIsPublishedAsTheReplayPipelineDoes() throws SQLException {
    letters("a", 250);
    String replay = start(A_OPERATOR, ofEach(""));

    JsonNode done = awaitStatus(replay, "COMPLETED");
    assertThat(done.path("selected").asInt()).isEqualTo(250);
    assertThat(done.path("published").asInt()).isEqualTo(250);
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(250));
    Published first = publisher.all().get(0);
    assertThat(first.event().body()).asString(StandardCharsets.UTF_8).isEqualTo("letter n000");
    assertThat(first.event().attributes())
        .containsEntry("replay_id", replay)
        .containsEntry("tenant_id", "a")
        .containsEntry("source", "shop")
        .containsEntry("event_type", "order.paid")
        .containsEntry("trace", "kept")
        .containsEntry("attempts", "1")
        .containsEntry("body_sha256", Sha256.hexOf("letter n000".getBytes(StandardCharsets.UTF_8)))
        .containsEntry("original_publish_time", "2026-03-01T09:59:59Z")
        .containsEntry(
            "dead_letter_id",
            ledger.query(
                "SELECT dead_letter_id FROM event_dead_letters WHERE notification_id = 'n000'"));
  }

  @Test
  void aDryRunPublishesNothing() throws SQLException {
    letters("a", 3);
    letters("b", 4);

    Answer answer = client.post(A_OPERATOR, "/admin/replays", "{\"dryRun\":true}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("selected").asInt()).isEqualTo(3);
    assertThat(
            client
                .post(PLATFORM, "/admin/replays", "{\"dryRun\":true}")
                .json()
                .path("selected")
                .asInt())
        .isEqualTo(7);
    // A replay that is asked for later is done: had the others become replays, so were they.
    awaitStatus(start(A_OPERATOR, ofEach(",\"filter\":{\"sources\":[\"none\"]}")), "COMPLETED");
    assertThat(publisher.all()).isEmpty();
    assertThat(ledger.query("SELECT count(*) FROM replays")).isEqualTo("1");
  }

  @Test
  void anOperatorsReplayNeverTouchesAnotherTenant() throws SQLException {
    letters("a", 5);
    letters("b", 5);

    for (String tenants : List.of("[\"b\"]", "[\"a\",\"b\"]")) {
      Answer refused =
          client.post(
              A_OPERATOR, "/admin/replays", "{\"filter\":{\"tenants\":%s}}".formatted(tenants));
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.pointers()).containsExactly("/filter/tenants");
    }
    awaitStatus(start(A_OPERATOR, ofEach("")), "COMPLETED");
    assertThat(publisher.all("tenant_id")).hasSize(5).containsOnly("a");
    assertThat(ledger.query("SELECT count(*) FROM audit_records WHERE outcome = 'REFUSED'"))
        .isEqualTo("2");
  }

  @Test
  void platformOperatorsReplayTheTenantsTheyName() throws SQLException {
    letters("a", 2);
    letters("b", 2);
    letters("c", 2);

    awaitStatus(start(PLATFORM, ofEach(",\"filter\":{\"tenants\":[\"a\",\"b\"]}")), "COMPLETED");
    assertThat(publisher.all("tenant_id")).containsExactly("a", "a", "b", "b");
    assertThat(client.get(A_OPERATOR, "/admin/replays").json().path("replays")).isEmpty();
  }

  @Test
  void aFilterChoosesLetters() throws SQLException {
    letters("a", 6);
    ledger.execute(
        "UPDATE event_dead_letters SET status = 'DISCARDED' WHERE notification_id = 'n002'");

    awaitStatus(start(A_OPERATOR, ofEach(",\"filter\":{\"fingerprints\":[\"f0\"]}")), "COMPLETED");
    assertThat(publisher.all("notification_id")).containsExactly("n000", "n004");
    publisher.forget();
    awaitStatus(
        start(A_OPERATOR, ofEach(",\"filter\":{\"letterStatus\":\"DISCARDED\"}")), "COMPLETED");
    assertThat(publisher.all("notification_id")).containsExactly("n002");
    publisher.forget();
    awaitStatus(
        start(
            A_OPERATOR,
            ofEach(
                ",\"filter\":{\"notificationIds\":[\"n001\",\"' OR 1=1 --\"],"
                    + "\"since\":\"2026-01-01T00:00:00Z\",\"errorClasses\":[\"INVALID\"],"
                    + "\"eventTypes\":[\"order.paid\"]}")),
        "COMPLETED");
    assertThat(publisher.all("notification_id")).containsExactly("n001");
  }

  @Test
  void whatTheLedgerKeepsIsReplayedByteForByte() throws SQLException {
    ledger.event("a", "n1");
    ledger.event("b", "n2");
    ledger.letter("a", "failed", "f1");

    String replay = start(A_OPERATOR, ofEach(",\"from\":\"ledger\""));
    assertThat(awaitStatus(replay, "COMPLETED").path("selected").asInt()).isEqualTo(1);
    Published only = publisher.all().get(0);
    assertThat(publisher.all()).hasSize(1);
    assertThat(only.event().body())
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("{ \"id\": \"n1\" }");
    assertThat(only.event().attributes())
        .containsEntry("replay_id", replay)
        .containsEntry("notification_id", "n1")
        .containsEntry(
            "body_sha256", Sha256.hexOf("{ \"id\": \"n1\" }".getBytes(StandardCharsets.UTF_8)))
        .doesNotContainKey("dead_letter_id");
  }

  @Test
  void theRateIsKept() throws SQLException {
    letters("a", 41);
    awaitStatus(start(A_OPERATOR, "{\"eventsPerSecond\":20}"), "COMPLETED");

    List<Published> all = publisher.all();
    Duration took = Duration.ofNanos(all.get(40).nanoTime() - all.get(0).nanoTime());
    // 40 intervals of 50 ms; a machine that is busy may only be slower.
    assertThat(took).isBetween(Duration.ofMillis(1_950), Duration.ofSeconds(20));
    for (int i = 20; i < all.size(); i++) {
      assertThat(Duration.ofNanos(all.get(i).nanoTime() - all.get(i - 20).nanoTime()))
          .isGreaterThan(Duration.ofMillis(850));
    }
  }

  @Test
  void itIsPausedGoesOnAndIsCancelled() throws SQLException {
    letters("a", 60);
    String replay = start(A_OPERATOR, "{\"eventsPerSecond\":10}");
    await().until(() -> publisher.all().size() >= 2);

    assertThat(change(replay, "pause").json().path("status").asText()).isEqualTo("PAUSED");
    // Until the gateway at work has seen it and let go.
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> ledger.query("SELECT leased_by FROM replays") == null);
    int atPause = publisher.all().size();
    assertThat(show(replay).path("published").asInt()).isEqualTo(atPause).isLessThan(60);
    assertThat(change(replay, "pause").status()).isEqualTo(409);
    assertThat(change(replay, "resume").status()).isEqualTo(200);
    await().until(() -> publisher.all().size() > atPause);
    assertThat(change(replay, "cancel").json().path("status").asText()).isEqualTo("CANCELLED");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> ledger.query("SELECT leased_by FROM replays") == null);
    assertThat(change(replay, "resume").status()).isEqualTo(409);
    int atEnd = publisher.all().size();
    assertThat(atEnd).isLessThan(60);
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(atEnd));
    assertThat(show(replay).path("published").asInt()).isEqualTo(atEnd);
  }

  @Test
  void whatCannotBePublishedIsTriedAgainAndNothingIsLeftOut() throws SQLException {
    letters("a", 120);
    publisher.failNext(4);
    String replay = start(A_OPERATOR, ofEach(""));

    JsonNode done = awaitStatus(replay, "COMPLETED");
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(120));
    assertThat(done.path("published").asInt()).isEqualTo(120);
    assertThat(done.has("problem")).isFalse();
  }

  @Test
  void whileItWaitsItSaysWhy() throws SQLException {
    letters("a", 3);
    publisher.failNext(Integer.MAX_VALUE);
    String replay = start(A_OPERATOR, ofEach(""));

    await().until(() -> show(replay).has("problem"));
    assertThat(show(replay).path("status").asText()).isEqualTo("RUNNING");
    assertThat(show(replay).path("published").asInt()).isZero();
    publisher.forget();
    awaitStatus(replay, "COMPLETED");
    assertThat(publisher.all("notification_id")).containsExactlyElementsOf(ids(3));
  }

  @Test
  void whatIsTooLargeIsCountedAndDoesNotHoldUpTheRest() throws SQLException {
    letters("a", 3);
    ledger.execute(
        """
        UPDATE event_dead_letters SET body = convert_to(repeat('x', 7600000), 'UTF8')
        WHERE notification_id = 'n001'
        """);
    JsonNode done = awaitStatus(start(A_OPERATOR, ofEach("")), "COMPLETED");

    assertThat(publisher.all("notification_id")).containsExactly("n000", "n002");
    assertThat(done.path("refused").asInt()).isEqualTo(1);
    assertThat(done.path("published").asInt()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"from\":\"archive\"}|/from",
        "{\"eventsPerSecond\":0}|/eventsPerSecond",
        "{\"eventsPerSecond\":1001}|/eventsPerSecond",
        "{\"filter\":[]}|/filter",
        "{\"filter\":{\"sources\":\"shop\"}}|/filter/sources",
        "{\"filter\":{\"sources\":[\"\"]}}|/filter/sources",
        "{\"filter\":{\"since\":\"now\"}}|/filter/since",
        "{\"filter\":{\"errorClasses\":[\"WRONG\"]}}|/filter/errorClasses",
        "{\"filter\":{\"letterStatus\":\"LOST\"}}|/filter/letterStatus",
        "{\"filter\":{\"other\":1}}|/filter",
        "{\"from\":\"ledger\",\"filter\":{\"fingerprints\":[\"f\"]}}|/filter/fingerprints",
        "{\"dryRun\":\"yes\",\"more\":1}|/dryRun",
      })
  void mistakesAreNamed(String body, String pointer) {
    Answer answer = client.post(A_OPERATOR, "/admin/replays", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).contains(pointer);
  }

  @Test
  void whatIsNoJsonObjectIsRefused() {
    assertThat(client.post(A_OPERATOR, "/admin/replays", "[]").status()).isEqualTo(400);
    assertThat(client.post(A_OPERATOR, "/admin/replays", "{").status()).isEqualTo(400);
    assertThat(client.post(A_OPERATOR, "/admin/replays", null).status()).isEqualTo(415);
  }
}
