package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.api.RunningOperations.eventId;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Issues, figures and the audit. */
class OverviewIT {
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
    PUBLISHER.forget();
  }

  private static String issueState() {
    return client
        .get(A_OPERATOR, "/admin/issues")
        .json()
        .path("items")
        .path(0)
        .path("state")
        .asText();
  }

  @ParameterizedTest
  @CsvSource({
    "events/failed?page=1, page",
    "events/failed?cursor=x, cursor",
    "events/failed?limit=0, limit",
    "events/failed?limit=101, limit",
    "issues?state=BROKEN, state",
    "issues?state=open, state",
    "issues?state=OPEN&state=OPEN, state",
    "issues?cursor=x, cursor",
    "audit?cursor=x, cursor",
    "metrics?since=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z, since",
    "metrics?since=2026-03-01T00:00:00Z&until=2026-01-01T00:00:00Z, since",
    "metrics?until=%2B1000000000-01-01T00:00:00Z, until",
    "metrics?limit=5, limit",
    "audit?action=DROP, action",
    "replays?status=LOST, status",
  })
  void boundsAreNamed(String path, String pointer) {
    Answer answer = client.get(A_OPERATOR, "/admin/" + path);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactly(pointer);
  }

  @Test
  void aResolvedIssueThatFailsAgainIsOpenAgain() throws SQLException {
    ledger.letter("a", "n1", "f1");
    assertThat(issueState()).isEqualTo("OPEN");
    for (String state : new String[] {"ACKNOWLEDGED", "IGNORED", "RESOLVED"}) {
      Answer answer =
          client.send(
              A_OPERATOR, "PATCH", "/admin/issues/f1", "{\"state\":\"%s\"}".formatted(state));
      assertThat(answer.json().path("state").asText()).isEqualTo(state);
      assertThat(issueState()).isEqualTo(state);
    }
    ledger.letter("a", "n2", "f1");
    assertThat(issueState()).isEqualTo("OPEN");
    assertThat(client.get(A_OPERATOR, "/admin/issues?state=RESOLVED").json().path("items").size())
        .isZero();
    assertThat(ledger.audit().split(", ")).hasSize(3).containsOnly("a olga a SET_ISSUE_STATE DONE");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|''",
        "{\"owner\":1}|/owner",
        "{\"note\":{\"a\":1}}|/note",
        "{\"state\":\"open\"}|/state",
        "{\"state\":0}|/state",
        "{\"state\":null}|/state",
        "{\"state\":[\"OPEN\"]}|/state",
        "{\"state\":\"OPEN\",\"state\":\"OPEN\"}|/state",
        "{\"state\":\"LOST\",\"why\":{\"a\":1},\"a/b\":\"\"}|/state,/why,/a~1b",
        "\"OPEN\"|''",
        "{\"state\":\"OPEN\"} {}|''"
      })
  void mistakesInAnIssuesBodyAreNamedAllAtOnce(String body, String pointers) throws SQLException {
    ledger.letter("a", "n1", "f1");
    Answer answer = client.send(A_OPERATOR, "PATCH", "/admin/issues/f1", body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactlyInAnyOrder(pointers.split(","));
    assertThat(issueState()).isEqualTo("OPEN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unknown", "%C2%85", "'%20OR%20''='"})
  void whatIsNoFingerprintIsNotFound(String fingerprint) {
    assertThat(
            client
                .send(A_OPERATOR, "PATCH", "/admin/issues/" + fingerprint, "{\"state\":\"OPEN\"}")
                .status())
        .isEqualTo(404);
  }

  /** A page that begins at another tenant's place still has one's own rows only. */
  @ParameterizedTest
  @ValueSource(strings = {"events/failed", "issues", "audit"})
  void listsArePagedAndTheirCursorsOpenNoWall(String list) throws SQLException {
    for (int i = 0; i < 3; i++) {
      for (String tenant : new String[] {"a", "b"}) {
        ledger.letter(tenant, "n" + i, "f" + i);
        ledger.execute(
            """
            INSERT INTO audit_records (
              tenant_id, actor_tenant_id, action, target, outcome, request_id)
            VALUES (?, 'a', 'PAUSE_REPLAY', ?, 'DONE', 'r')
            """,
            tenant,
            "x" + i);
      }
    }
    JsonNode first = client.get(A_OPERATOR, "/admin/" + list + "?limit=2").json();
    String next = "/admin/" + list + "?limit=2&cursor=" + first.path("next").asText();

    assertThat(first.path("items")).hasSize(2);
    assertThat(first.findValuesAsText("tenant")).containsOnly("a");
    JsonNode second = client.get(A_OPERATOR, next).json();
    assertThat(second.path("items")).hasSize(1);
    assertThat(second.has("next")).isFalse();
    assertThat(client.get(B_OPERATOR, next).json().findValuesAsText("tenant"))
        .isNotEmpty()
        .containsOnly("b");
  }

  @Test
  void whoSpansTenantsMustNameTheIssues() throws SQLException {
    ledger.letter("a", "n1", "f1");
    Answer answer = client.send(PLATFORM, "PATCH", "/admin/issues/f1", "{\"state\":\"RESOLVED\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactly("tenant");
    assertThat(
            client
                .send(PLATFORM, "PATCH", "/admin/issues/f1?tenant=a", "{\"state\":\"RESOLVED\"}")
                .status())
        .isEqualTo(200);
    assertThat(ledger.audit()).isEqualTo("a paul house SET_ISSUE_STATE DONE");
  }

  @Test
  void figuresAreOfTheTenantAndTheTime() throws SQLException {
    ledger.event("a", "n1");
    ledger.event("a", "n2", "UNHANDLED", null, TIME.plusSeconds(1), "{}");
    ledger.event("a", "late", "PROCESSED", null, TIME.plusSeconds(86_400), "{}");
    ledger.event("b", "n1");
    JsonNode figures =
        client
            .get(A_OPERATOR, "/admin/metrics?since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z")
            .json();

    assertThat(figures.path("byStatus")).hasToString("{\"PROCESSED\":1,\"UNHANDLED\":1}");
    assertThat(figures.path("byType").path(0).path("events").asInt()).isEqualTo(2);
    assertThat(figures.path("processingMillis"))
        .hasToString("{\"average\":250.0,\"p50\":250.0,\"p95\":250.0,\"p99\":250.0}");
    assertThat(figures.path("latencyMillis").path("p99").asDouble()).isEqualTo(1500);
    assertThat(client.get(A_OPERATOR, "/admin/metrics").json().path("events").asInt()).isZero();
  }

  @Test
  void theAuditIsRead() throws SQLException {
    ledger.letter("a", "n1", "f1");
    client.post(A_OPERATOR, "/admin/events/" + eventId("a", "n1") + "/discard", null);
    JsonNode record = client.get(A_OPERATOR, "/admin/audit").json().path("items").path(0);

    assertThat(record.path("action").asText()).isEqualTo("DISCARD_EVENT");
    assertThat(record.path("actor").asText()).isEqualTo("olga");
    assertThat(record.path("target").asText()).isEqualTo(eventId("a", "n1"));
    assertThat(record.path("requestId").asText()).isNotBlank();
    assertThat(record.has("clientRequestId")).isFalse();
    assertThat(client.get(A_OPERATOR, "/admin/audit?actor=ann").json().path("items")).isEmpty();
  }

  /** Whoever chooses a request's name cannot choose the one that the gateway makes. */
  @Test
  void theAuditHasTheGatewaysNameOfARequestBesideTheCallers() throws SQLException {
    ledger.letter("a", "n1", "f1");
    for (int i = 0; i < 2; i++) {
      client.send(
          A_OPERATOR,
          "PATCH",
          "/admin/issues/f1",
          "{\"state\":\"IGNORED\"}",
          "X-Request-ID",
          "chosen");
    }
    JsonNode records = client.get(A_OPERATOR, "/admin/audit").json().path("items");

    assertThat(records.findValuesAsText("clientRequestId")).containsExactly("chosen", "chosen");
    assertThat(records.findValuesAsText("requestId"))
        .doesNotHaveDuplicates()
        .doesNotContain("chosen");
  }
}
