package dev.tidegate.gateway.sagas;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
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
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Instances of sagas as operators see and handle them. */
class SagasIT {
  private static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));

  private static TestLedger ledger;
  private static LedgerDatabase database;
  private static GatewayServer server;
  private static TestClient client;

  @BeforeAll
  static void start() {
    ledger = TestLedger.create();
    database = ledger.open(4);
    server =
        GatewayServer.start(
            "localhost",
            0,
            List.of(new SagaRoutes(new KnownCallers(), Optional.of(database), TOKENS)));
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

  @Test
  void thoseThatHaveWaitedLongestComeFirst() throws SQLException {
    ledger.saga("a", "shop", "research", "waits", "an answer", "2026-03-02T00:00:00Z");
    ledger.saga("a", "shop", "research", "waits longest", "an answer", "2026-03-01T00:00:00Z");
    ledger.saga("a", "other", "intro", "waits too", "a meeting", "2026-03-02T00:00:00Z");
    ledger.saga("a", "shop", "research", "is done", null, "2026-01-01T00:00:00Z");
    ledger.execute("UPDATE saga_instances SET status = 'COMPLETED' WHERE instance = 'is done'");
    ledger.saga("b", "shop", "research", "foreign", "an answer", "2026-01-01T00:00:00Z");

    assertThat(listed(""))
        .hasSize(4)
        .startsWith("waits longest")
        .endsWith("is done")
        .doesNotHaveDuplicates();
    assertThat(listed("?saga=research&status=ACTIVE")).containsExactly("waits longest", "waits");
    assertThat(listed("?source=other")).containsExactly("waits too");
    assertThat(listed("?status=COMPLETED")).containsExactly("is done");
    JsonNode first = client.get(A_OPERATOR, "/sagas?limit=1").json().path("items").path(0);
    assertThat(first.path("waitingFor").asText()).isEqualTo("an answer");
    assertThat(first.path("since").asText()).isEqualTo("2026-03-01T00:00:00Z");
    assertThat(first.has("state")).isFalse();
  }

  private static List<String> listed(String query) {
    List<String> instances = new ArrayList<>();
    String path = "/sagas" + query + (query.isEmpty() ? "?" : "&") + "limit=1";
    Optional<String> cursor = Optional.empty();
    do {
      JsonNode page =
          client.get(A_OPERATOR, path + cursor.map("&cursor="::concat).orElse("")).json();
      instances.addAll(page.path("items").findValuesAsText("instance"));
      cursor = Optional.ofNullable(page.path("next").textValue());
    } while (cursor.isPresent());
    return instances;
  }

  @Test
  void anInstanceIsShownWithAllThatMadeItAndAllThatItMade() throws SQLException {
    ledger.saga("a", "shop", "research", "i1", "an answer", "2026-03-01T10:00:00Z");
    for (String id : List.of("n2", "n1")) {
      ledger.execute(
          """
          INSERT INTO saga_events (
            tenant_id, source, saga, instance, notification_id, event_type, version, payload)
          VALUES ('a', 'shop', 'research', 'i1', ?, 'inquiry.made',
            substr(?::bytea, 1, 8) || decode(md5(?), 'hex'), '')
          """,
          id,
          TestLedger.version(id, "{}"),
          id.replace("n", ""));
    }
    effect("task", "TASK", "research", "ISSUED");
    ledger.execute(
        """
        INSERT INTO tasks (
          tenant_id, task_id, kind, status, aggregate, payload, source, cause, handler, effect_key)
        VALUES ('a', ?::uuid, 'research', 'CLAIMED', 'x', '{}', 'shop', 'i1', 'saga:research', 'task')
        """,
        effectId("task"));
    effect("waiting", "EVENT", "order.chased", "ISSUED");
    effect("refused", "NOTICE", "chased", "ISSUED");
    for (String key : List.of("waiting", "refused")) {
      ledger.execute(
          """
          INSERT INTO outbox (tenant_id, event_id, source, event_type, aggregate, payload, refused_at)
          VALUES ('a', ?::uuid, 'shop', 't', 'x', '{}', CASE WHEN ? = 'refused' THEN now() END)
          """,
          effectId(key),
          key);
    }
    effect("published", "EVENT", "order.found", "ISSUED");
    effect("undone", "EVENT", "order.lost", "COMPENSATED");
    effect("taken back", "EVENT", "order.other", "CANCELLED");
    ledger.execute(
        """
        INSERT INTO saga_deadlines (
          tenant_id, source, saga, instance, deadline, due_at, event_id)
        VALUES (
          'a', 'shop', 'research', 'i1', 'chase', '2026-03-03T10:00:00Z', gen_random_uuid())
        """);

    JsonNode shown = client.get(A_OPERATOR, "/sagas/research/i1").json();

    assertThat(shown.path("state")).hasToString("{\"asker\":\"ann\"}");
    assertThat(shown.path("foldedEvents").findValuesAsText("notificationId"))
        .containsExactly("n1", "n2");
    JsonNode event = shown.path("foldedEvents").path(0);
    assertThat(Instant.parse(event.path("time").asText())).isEqualTo(TestLedger.TIME);
    assertThat(event.path("eventId").asText())
        .isEqualTo(TOKENS.of("a", "shop", event.path("notificationId").asText()));
    List<String> effects = new ArrayList<>();
    shown
        .path("effects")
        .forEach(
            effect ->
                effects.add(
                    String.join(
                        " ",
                        effect.path("key").asText(),
                        effect.path("kind").asText(),
                        effect.path("status").asText(),
                        effect.path("outcome").asText())));
    assertThat(effects)
        .containsExactlyInAnyOrder(
            "task TASK ISSUED CLAIMED",
            "waiting EVENT ISSUED WAITING",
            "refused NOTICE ISSUED REFUSED",
            "published EVENT ISSUED PUBLISHED",
            "undone EVENT COMPENSATED PUBLISHED",
            "taken back EVENT CANCELLED ");
    assertThat(shown.path("deadlines"))
        .hasToString("[{\"deadline\":\"chase\",\"dueAt\":\"2026-03-03T10:00:00Z\"}]");
  }

  private static String effectId(String key) {
    return EventId.ofEffect("a", "shop", "i1", "saga:research", key).toString();
  }

  private static void effect(String key, String kind, String type, String status)
      throws SQLException {
    ledger.execute(
        """
        INSERT INTO effects (
          tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type, status)
        VALUES ('a', ?::uuid, 'shop', 'i1', 'saga:research', ?, ?, ?, ?)
        """,
        effectId(key),
        key,
        kind,
        type,
        status);
  }

  @Test
  void whatAnOperatorAsksIsAnEventOfTheInstance() throws Exception {
    ledger.saga("a", "shop", "research", "a/b c", "an answer", null);
    Answer retried = client.post(A_OPERATOR, "/sagas/research/a%2Fb%20c/retry", null);
    assertThat(retried.status()).as(retried.json().toString()).isEqualTo(202);
    Answer cancelled =
        client.post(A_OPERATOR, "/sagas/research/a%2Fb%20c/cancel", "{\"reason\":\"asked twice\"}");
    assertThat(cancelled.status()).isEqualTo(202);

    assertThat(
            ledger.query(
                "SELECT string_agg(concat_ws('|', tenant_id, source, event_type, aggregate,"
                    + " payload, attributes ->> 'causation_id', attributes ->> 'causation_depth'),"
                    + " ' ' ORDER BY outbox_id) FROM outbox"))
        .isEqualTo(
            ("a|shop|saga.retry|research/a/b c|{\"saga\":\"research\",\"instance\":\"a/b c\"}|%1$s|1"
                    + " a|shop|saga.cancel|research/a/b c|{\"saga\":\"research\","
                    + "\"instance\":\"a/b c\",\"reason\":\"asked twice\"}|%1$s|1")
                .formatted(EventId.of("a", "shop", "saga/research/a/b c")));
    String id = ledger.query("SELECT event_id FROM outbox ORDER BY outbox_id LIMIT 1");
    assertThat(UUID.fromString(id).version()).isEqualTo(4);
    assertThat(retried.json().path("eventId").asText()).isEqualTo(TOKENS.of("a", "shop", id));
    assertThat(ledger.audit()).isEqualTo("a olga a RETRY_SAGA DONE, a olga a CANCEL_SAGA DONE");
    ObjectNode details =
        (ObjectNode)
            Json.parse(
                ledger
                    .query("SELECT details FROM audit_records ORDER BY recorded_at DESC LIMIT 1")
                    .getBytes(StandardCharsets.UTF_8));
    assertThat(details.path("reason").asText()).isEqualTo("asked twice");
  }

  @Test
  void whatHasEndedIsNotCancelledButCanBeRetried() throws SQLException {
    ledger.saga("a", "shop", "research", "i1", null, null);
    ledger.execute("UPDATE saga_instances SET status = 'COMPLETED'");
    assertThat(client.post(A_OPERATOR, "/sagas/research/i1/cancel", "{\"reason\":\"r\"}").status())
        .isEqualTo(409);
    assertThat(client.post(A_OPERATOR, "/sagas/research/i1/retry", null).status()).isEqualTo(202);
    assertThat(client.post(A_OPERATOR, "/sagas/research/i1/cancel", "{}").pointers())
        .containsExactly("/reason");
    assertThat(ledger.query("SELECT string_agg(event_type, ' ') FROM outbox"))
        .isEqualTo("saga.retry");
  }

  @Test
  void anInstanceThatSeveralHaveIsToBeNamedInFull() throws SQLException {
    ledger.saga("a", "shop", "research", "i1", null, null);
    ledger.saga("a", "other", "research", "i1", null, null);
    ledger.saga("b", "shop", "research", "i1", null, null);
    assertThat(client.get(A_OPERATOR, "/sagas/research/i1").pointers()).containsExactly("source");
    assertThat(client.get(A_OPERATOR, "/sagas/research/i1?source=other").json().path("source"))
        .hasToString("\"other\"");
    assertThat(client.get(PLATFORM, "/sagas/research/i1?source=shop").pointers())
        .containsExactly("tenant");
    assertThat(client.get(PLATFORM, "/sagas/research/i1?tenant=b").status()).isEqualTo(200);
    assertThat(client.get(A_OPERATOR, "/sagas/research/i2").status()).isEqualTo(404);
    assertThat(client.get(A_OPERATOR, "/sagas/research/" + "x".repeat(300)).status())
        .isEqualTo(404);
  }
}
