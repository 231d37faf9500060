package dev.tidegate.gateway.tasks;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.A_WORKER;
import static dev.tidegate.gateway.store.KnownCallers.B_WORKER;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks as agents work them off: over HTTP, on a real database. */
class TasksIT {
  private static TestLedger ledger;
  private static LedgerDatabase database;
  private static GatewayServer server;
  private static TestClient client;

  @BeforeAll
  static void start() {
    ledger = TestLedger.create();
    database = ledger.open(8);
    server =
        GatewayServer.start(
            "localhost",
            0,
            List.of(
                new TaskRoutes(
                    new KnownCallers(),
                    Optional.of(database),
                    new EventToken(Secret.of("key of event IDs")))));
    client = new TestClient(server.port());
  }

  @AfterAll
  static void stop() {
    server.close();
    database.close();
  }

  @BeforeEach
  void empty() throws SQLException {
    ledger.empty();
  }

  private static JsonNode claim(String caller, String body) {
    Answer answer = client.post(caller, "/tasks/claim", body);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
    return answer.json().path("items");
  }

  /** Claims the only task that there is. */
  private static long claimOne() {
    JsonNode claimed = claim(A_WORKER, "{\"kinds\":[\"research\"]}");
    assertThat(claimed).hasSize(1);
    return claimed.path(0).path("token").asLong();
  }

  private static Answer say(String task, String what, String body) {
    return client.post(A_WORKER, "/tasks/" + task + "/" + what, body);
  }

  private static Answer complete(String task, long token, String result) {
    return say(task, "complete", "{\"token\":%d,\"result\":%s}".formatted(token, result));
  }

  private static void endLeases() throws SQLException {
    ledger.execute("UPDATE tasks SET leased_until = now() - interval '1 second'");
  }

  private static String published() throws SQLException {
    return ledger.query("SELECT string_agg(event_type, ' ' ORDER BY outbox_id) FROM outbox");
  }

  @Test
  void manyWorkersClaimEachTaskOnce() throws Exception {
    for (int i = 0; i < 200; i++) {
      ledger.task("a", "n" + i, "research", i % 10, null);
    }
    List<CompletableFuture<List<String>>> workers =
        IntStream.range(0, 16)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> claimAll("worker " + i)))
            .toList();
    List<String> claimed = workers.stream().flatMap(worker -> worker.join().stream()).toList();

    assertThat(claimed).hasSize(200).doesNotHaveDuplicates();
    assertThat(ledger.query("SELECT concat_ws(' ', sum(attempts), max(lease_token)) FROM tasks"))
        .isEqualTo("200 1");
  }

  private static List<String> claimAll(String worker) {
    List<String> claimed = new ArrayList<>();
    JsonNode tasks;
    do {
      tasks =
          claim(
              A_WORKER,
              "{\"kinds\":[\"research\"],\"count\":3,\"worker\":\"%s\"}".formatted(worker));
      for (JsonNode task : tasks) {
        assertThat(task.path("claimedBy").asText()).isEqualTo(worker);
        claimed.add(task.path("taskId").asText());
      }
    } while (!tasks.isEmpty());
    return claimed;
  }

  /** Priority decides, then the due time, where there is one, then the age. */
  @Test
  void urgentTasksAreClaimedFirst() throws SQLException {
    ledger.task("a", "old", "research", 5, null);
    ledger.task("a", "new", "review", 5, null);
    ledger.task("a", "due later", "research", 5, "2026-03-02T00:00:00Z");
    ledger.task("a", "due", "review", 5, "2026-03-01T00:00:00Z");
    ledger.task("a", "least", "research", 0, "2026-01-01T00:00:00Z");
    ledger.task("a", "first", "research", 9, null);
    ledger.task("a", "another kind", "other", 9, null);

    List<String> order = new ArrayList<>();
    for (int count : new int[] {1, 2, 100}) {
      JsonNode tasks =
          claim(
              A_WORKER,
              "{\"kinds\":[\"review\",\"research\",\"review\"],\"count\":%d,\"leaseSeconds\":3600}"
                  .formatted(count));
      order.addAll(tasks.findValuesAsText("aggregate"));
    }

    assertThat(order)
        .containsExactly(
            "order first", "order due", "order due later", "order old", "order new", "order least");
  }

  @Test
  void whoClaimsATaskIsToldAllOfIt() throws SQLException {
    String id = ledger.task("a", "n1", "research", 7, "2026-03-02T00:00:00Z");
    ObjectNode task = (ObjectNode) claim(A_WORKER, "{\"kinds\":[\"research\"]}").path(0);

    assertThat(Instant.parse(task.remove("leasedUntil").asText()))
        .isBetween(Instant.now().plusSeconds(30), Instant.now().plusSeconds(90));
    assertThat(task.remove("causedBy").asText()).startsWith("evt_");
    task.remove(List.of("createdAt", "updatedAt"));
    assertThat(task)
        .hasToString(
            ("{\"taskId\":\"%s\",\"status\":\"CLAIMED\",\"tenant\":\"a\",\"kind\":\"research\","
                    + "\"priority\":7,\"dueAt\":\"2026-03-02T00:00:00Z\",\"aggregate\":\"order n1\","
                    + "\"key\":\"the key\",\"source\":\"shop\",\"claimedBy\":\"wanda\",\"token\":1,"
                    + "\"attempts\":1,\"payload\":{\"total\":10.50}}")
                .formatted(id));
  }

  @Test
  void whoseLeaseHasEndedIsFencedOffOnceSomebodyElseHasTheTask() throws SQLException {
    String id = ledger.task("a", "n1", "research", 5, null);
    long first = claimOne();
    assertThat(claim(A_WORKER, "{\"kinds\":[\"research\"]}")).isEmpty();
    endLeases();
    long second = claimOne();

    for (String what : List.of("extend", "complete", "fail")) {
      Answer late =
          say(
              id,
              what,
              "{\"token\":%d%s}".formatted(first, what.equals("fail") ? ",\"reason\":\"r\"" : ""));
      assertThat(late.status()).isEqualTo(409);
      assertThat(late.json().path("detail").asText()).contains("somebody else has the task");
    }
    assertThat(published()).isNull();
    assertThat(complete(id, second, "{}").status()).isEqualTo(200);
    assertThat(complete(id, first, "{}").status()).isEqualTo(409);
  }

  @Test
  void workThatNobodyElseHasTakenOverCountsThoughItsLeaseHasEnded() throws SQLException {
    String id = ledger.task("a", "n1", "research", 5, null);
    long token = claimOne();
    endLeases();
    Answer extended = say(id, "extend", "{\"token\":%d,\"leaseSeconds\":600}".formatted(token));
    assertThat(Instant.parse(extended.json().path("leasedUntil").asText()))
        .isAfter(Instant.now().plusSeconds(500));
    assertThat(claim(A_WORKER, "{\"kinds\":[\"research\"]}")).isEmpty();
    endLeases();
    assertThat(complete(id, token, "{}").status()).isEqualTo(200);
  }

  @Test
  void aCompletionIsPublishedOnceHoweverOftenItIsSent() throws Exception {
    String id = ledger.task("a", "n1", "research", 5, null);
    long token = claimOne();
    String result = "{\"findings\":[],\"note\":\"\",\"none\":null,\"price\":1.50}";
    Answer first = complete(id, token, result);
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.json().path("status").asText()).isEqualTo("COMPLETED");
    assertThat(first.json().path("result"))
        .isEqualTo(Json.parse(result.getBytes(StandardCharsets.UTF_8)));

    Answer again =
        complete(id, token, "{\"price\":1.50,\"none\":null,\"note\":\"\",\"findings\":[]}");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.json()).isEqualTo(first.json());
    for (Answer other :
        List.of(
            complete(id, token, "{\"findings\":[1]}"),
            complete(id, token + 1, result),
            say(id, "extend", "{\"token\":%d}".formatted(token)),
            say(id, "fail", "{\"token\":%d,\"reason\":\"r\"}".formatted(token)),
            client.post(A_OPERATOR, "/tasks/" + id + "/cancel", "{\"reason\":\"r\"}"))) {
      assertThat(other.status()).isEqualTo(409);
      assertThat(other.json().path("detail").asText()).isEqualTo("The task is COMPLETED already.");
    }
    assertThat(published()).isEqualTo("task.completed");
  }

  @Test
  void theEventOfATaskTellsAllThatASagaNeeds() throws Exception {
    String id = ledger.sagaTask("a", "research", "inquiry 1", "research");
    complete(id, claimOne(), "{\"price\":1.50}");

    assertThat(
            ledger.query(
                "SELECT concat_ws('|', tenant_id, event_id, source, event_type, aggregate, payload)"
                    + " FROM outbox"))
        .isEqualTo(
            ("a|%s|shop|task.completed|order inquiry 1|{\"task_id\":\"%s\",\"kind\":\"research\","
                    + "\"key\":\"the key\",\"aggregate\":\"order inquiry 1\","
                    + "\"payload\":{\"total\": 10.50},\"result\":{\"price\":1.50},"
                    + "\"saga\":\"research\",\"instance\":\"inquiry 1\"}")
                .formatted(EventId.ofEffect("a", "shop", id, "task", "completed"), id));
    JsonNode attributes =
        Json.parse(ledger.query("SELECT attributes FROM outbox").getBytes(StandardCharsets.UTF_8));
    assertThat(attributes.path("causation_id").asText())
        .isEqualTo(EventId.of("a", "shop", "saga/research/inquiry 1").toString());
    assertThat(attributes.path("causation_depth").textValue()).isEqualTo("2");
    assertThat(
            ledger.query(
                "SELECT finished_at = (attributes ->> 'ce-time')::timestamptz FROM tasks, outbox"))
        .isEqualTo("t");
  }

  /** A saga would fold the completion before what it is the completion of. */
  @Test
  void whatBecomesOfATaskIsLaterThanItsCause() throws Exception {
    String task = ledger.task("a", "n1", "research", 5, null);
    ledger.execute("UPDATE tasks SET as_of = clock_timestamp() + interval '1 hour'");
    assertThat(complete(task, claimOne(), "{}").status()).isEqualTo(200);
    assertThat(
            ledger.query(
                "SELECT (attributes ->> 'ce-time')::timestamptz - as_of FROM tasks, outbox"))
        .isEqualTo("00:00:00.000001");
  }

  @Test
  void aTaskThatFailsForGoodOrIsCancelledIsPublishedToo() throws Exception {
    String failed = ledger.task("a", "n1", "research", 5, null);
    long token = claimOne();
    for (int i = 0; i < 2; i++) {
      Answer answer =
          say(failed, "fail", "{\"token\":%d,\"reason\":\"no\\nanswer\"}".formatted(token));
      assertThat(answer.json().path("status").asText()).isEqualTo("FAILED");
      assertThat(answer.json().path("failure").asText()).isEqualTo("no\nanswer");
    }
    String cancelled = ledger.task("a", "n2", "research", 5, null);
    long late = claimOne();
    Answer cancel =
        client.post(A_OPERATOR, "/tasks/" + cancelled + "/cancel", "{\"reason\":\"asked twice\"}");
    assertThat(cancel.json().path("status").asText()).isEqualTo("CANCELLED");
    Answer after = complete(cancelled, late, "{}");
    assertThat(after.status()).isEqualTo(409);
    assertThat(after.json().path("detail").asText()).isEqualTo("The task is CANCELLED already.");
    endLeases();
    assertThat(claim(A_WORKER, "{\"kinds\":[\"research\"]}")).isEmpty();

    assertThat(
            ledger.query(
                "SELECT string_agg(concat_ws(' ', event_type, event_id, payload::jsonb ->> 'failure',"
                    + " attributes ->> 'causation_id'), ', ' ORDER BY outbox_id) FROM outbox"))
        .isEqualTo(
            "task.failed %s no\nanswer %s, task.cancelled %s asked twice %s"
                .formatted(
                    EventId.ofEffect("a", "shop", failed, "task", "failed"),
                    EventId.of("a", "shop", "n1"),
                    EventId.ofEffect("a", "shop", cancelled, "task", "cancelled"),
                    EventId.of("a", "shop", "n2")));
    assertThat(ledger.audit()).isEqualTo("a olga a CANCEL_TASK DONE");
  }

  @Test
  void aTaskThatIsToBeTriedAgainIsOpenOnceItsDelayIsOver() throws SQLException {
    String id = ledger.task("a", "n1", "research", 5, null);
    long token = claimOne();
    String body =
        "{\"token\":%d,\"reason\":\"away\",\"retry\":true,\"delaySeconds\":600}".formatted(token);
    for (int i = 0; i < 2; i++) {
      Answer answer = say(id, "fail", body);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json().path("status").asText()).isEqualTo("OPEN");
      assertThat(Instant.parse(answer.json().path("notBefore").asText()))
          .isBetween(Instant.now().plusSeconds(500), Instant.now().plusSeconds(700));
    }
    assertThat(complete(id, token, "{}").json().path("detail").asText())
        .isEqualTo("The task is OPEN: claim it first.");
    assertThat(claim(A_WORKER, "{\"kinds\":[\"research\"]}")).isEmpty();

    ledger.execute("UPDATE tasks SET not_before = now()");
    assertThat(claimOne()).isEqualTo(token + 1);
    assertThat(published()).isNull();
  }

  /** Whoever is first decides, and exactly that is published. */
  @Test
  void oneOfTwoWhoSettleATaskAtOnceIsRefused() throws Exception {
    for (int round = 0; round < 20; round++) {
      String id = ledger.task("a", "n" + round, "research", 5, null);
      long token = claimOne();
      CompletableFuture<Answer> cancelled =
          client.sendAsync(A_OPERATOR, "POST", "/tasks/" + id + "/cancel", "{\"reason\":\"r\"}");
      Answer completed = complete(id, token, "{}");
      assertThat(List.of(completed.status(), cancelled.join().status()))
          .containsExactlyInAnyOrder(200, 409);
    }
    assertThat(
            ledger.query(
                """
                SELECT count(*) FROM tasks t JOIN outbox o
                ON o.event_type = 'task.' || lower(t.status)
                  AND o.payload::jsonb ->> 'task_id' = t.task_id::text
                """))
        .isEqualTo("20");
    assertThat(ledger.query("SELECT count(*) FROM outbox")).isEqualTo("20");
  }

  @Test
  void whatCannotBePublishedIsNotSettled() throws SQLException {
    String id = ledger.task("a", "n1", "research", 5, null);
    long token = claimOne();
    ledger.execute("ALTER TABLE outbox ADD CONSTRAINT nothing CHECK (false) NOT VALID");
    try {
      assertThat(complete(id, token, "{}").status()).isEqualTo(500);
      assertThat(say(id, "fail", "{\"token\":%d,\"reason\":\"r\"}".formatted(token)).status())
          .isEqualTo(500);
      assertThat(client.post(A_OPERATOR, "/tasks/" + id + "/cancel", "{\"reason\":\"r\"}").status())
          .isEqualTo(500);
    } finally {
      ledger.execute("ALTER TABLE outbox DROP CONSTRAINT nothing");
    }
    assertThat(ledger.query("SELECT status FROM tasks")).isEqualTo("CLAIMED");
    assertThat(ledger.query("SELECT count(*) FROM audit_records")).isEqualTo("0");
    assertThat(complete(id, token, "{}").status()).isEqualTo(200);
  }

  @Test
  void tenantsAreWalls() throws SQLException {
    String id = ledger.task("a", "n1", "research", 5, null);
    ledger.task("b", "n1", "review", 5, null);
    assertThat(claim(B_WORKER, "{\"kinds\":[\"research\"],\"count\":100}")).isEmpty();
    assertThat(
            client.post(B_WORKER, "/tasks/claim?tenant=a", "{\"kinds\":[\"research\"]}").status())
        .isEqualTo(403);
    long token = claimOne();
    for (String what : List.of("extend", "complete")) {
      assertThat(
              client
                  .post(B_WORKER, "/tasks/" + id + "/" + what, "{\"token\":%d}".formatted(token))
                  .status())
          .isEqualTo(404);
    }
    assertThat(client.get(B_WORKER, "/tasks").json().path("items").findValuesAsText("tenant"))
        .containsExactly("b");
    assertThat(client.get(PLATFORM, "/tasks").json().path("items")).hasSize(2);
    assertThat(claim(PLATFORM, "{\"kinds\":[\"research\",\"review\"],\"count\":100}")).hasSize(1);
  }

  @Test
  void tasksAreListedByWhatIsKnownOfThem() throws SQLException {
    for (int i = 0; i < 5; i++) {
      ledger.task("a", "n" + i, "research", 5, "2026-03-0%dT00:00:00Z".formatted(i + 1));
    }
    ledger.task("a", "n5", "review", 5, null);
    ledger.sagaTask("a", "inquiry", "i1", "chase");
    ledger.sagaTask("a", "inquiry", "i2", "chase");
    claim(A_WORKER, "{\"kinds\":[\"review\"]}");

    assertThat(listed("")).hasSize(8).startsWith("order i2", "order i1", "order n5");
    assertThat(listed("?kind=research&dueBefore=2026-03-03T00:00:00Z"))
        .containsExactly("order n1", "order n0");
    assertThat(listed("?status=CLAIMED")).containsExactly("order n5");
    assertThat(listed("?aggregate=order+n3")).containsExactly("order n3");
    assertThat(listed("?saga=inquiry&instance=i1")).containsExactly("order i1");
    assertThat(listed("?instance=n1")).isEmpty();
    assertThat(client.get(A_WORKER, "/tasks?status=LOST").pointers()).containsExactly("status");
    JsonNode listed = client.get(A_WORKER, "/tasks?limit=1").json().path("items").path(0);
    assertThat(listed.has("payload") || listed.has("token")).isFalse();
    assertThat(listed.path("saga").asText() + listed.path("instance").asText())
        .isEqualTo("inquiryi2");
  }

  private static List<String> listed(String query) {
    List<String> aggregates = new ArrayList<>();
    String path = "/tasks" + query + (query.isEmpty() ? "?" : "&") + "limit=2";
    Optional<String> cursor = Optional.empty();
    do {
      JsonNode page = client.get(A_WORKER, path + cursor.map("&cursor="::concat).orElse("")).json();
      aggregates.addAll(page.path("items").findValuesAsText("aggregate"));
      cursor = Optional.ofNullable(page.path("next").textValue());
    } while (cursor.isPresent());
    return aggregates;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "claim|{}|/kinds",
        "claim|{\"kinds\":[]}|/kinds",
        "claim|{\"kinds\":[\"\"]}|/kinds/0",
        "claim|{\"kinds\":\"research\"}|/kinds",
        "claim|{\"kinds\":[\"r\"],\"count\":0}|/count",
        "claim|{\"kinds\":[\"r\"],\"count\":101}|/count",
        "claim|{\"kinds\":[\"r\"],\"count\":1.5}|/count",
        "claim|{\"kinds\":[\"r\"],\"leaseSeconds\":3601}|/leaseSeconds",
        "claim|{\"kinds\":[\"r\"],\"leaseSeconds\":0}|/leaseSeconds",
        "claim|{\"kinds\":[\"r\"],\"worker\":\"a\\nb\"}|/worker",
        "claim|{\"kinds\":[\"r\"],\"tenant\":\"b\"}|/tenant",
        "complete|{}|/token",
        "complete|{\"token\":\"1\"}|/token",
        "complete|{\"token\":1.5}|/token",
        "complete|{\"token\":99999999999999999999}|/token",
        "complete|{\"token\":1,\"token\":2}|/token",
        "complete|{\"token\":1,\"result\":\"\\u0000\"}|/result",
        "complete|{\"token\":1,\"result\":{\"\\ud800\":1}}|/result",
        "complete|{\"token\":1,\"result\":1e100000}|/result",
        "complete|{\"token\":1,\"result\":{\"a\":1,\"a\":2}}|/result/a",
        "fail|{\"token\":1}|/reason",
        "fail|{\"token\":1,\"reason\":\" \"}|/reason",
        "fail|{\"token\":1,\"reason\":\"\\u0000\"}|/reason",
        "fail|{\"token\":1,\"reason\":\"r\",\"retry\":\"yes\"}|/retry",
        "fail|{\"token\":1,\"reason\":\"r\",\"delaySeconds\":1}|/delaySeconds",
        "fail|{\"token\":1,\"reason\":\"r\",\"retry\":true,\"delaySeconds\":604801}|/delaySeconds",
        "complete|[1]|''",
        "complete|{|''",
      })
  void aHostileBodyIsRefusedAndChangesNothing(String what, String body, String pointer)
      throws SQLException {
    String id = ledger.task("a", "n1", "r", 5, null);
    ledger.execute("UPDATE tasks SET status = 'CLAIMED', lease_token = 1, leased_until = now()");
    String before = ledger.query("SELECT t::text FROM tasks t");
    Answer answer =
        what.equals("claim") ? client.post(A_WORKER, "/tasks/claim", body) : say(id, what, body);

    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactly(pointer);
    assertThat(ledger.query("SELECT t::text FROM tasks t")).isEqualTo(before);
    assertThat(published()).isNull();
  }

  /** PostgreSQL would write out each of these numbers with a thousand digits. */
  @Test
  void aResultIsBoundedInBytesAndInDigits() throws SQLException {
    String id = ledger.task("a", "n1", "research", 5, null);
    long token = claimOne();
    String digits = Stream.generate(() -> "1e999").limit(2_000).toList().toString();
    assertThat(complete(id, token, digits).pointers()).containsExactly("/result");
    assertThat(complete(id, token, "\"" + "x".repeat(1 << 20) + "\"").status()).isEqualTo(413);
    assertThat(complete(id, token, "[".repeat(200) + "]".repeat(200)).status()).isEqualTo(400);
    assertThat(published()).isNull();
    assertThat(complete(id, token, "\"" + "x".repeat(1_000_000) + "\"").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nothing", "%00", "5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e", "..%2Fclaim"})
  void aTaskThatNobodyHasIsNotFound(String id) {
    assertThat(client.get(A_WORKER, "/tasks/" + id).status()).isIn(400, 404);
    assertThat(say(id, "complete", "{\"token\":1}").status()).isIn(400, 404);
  }
}
