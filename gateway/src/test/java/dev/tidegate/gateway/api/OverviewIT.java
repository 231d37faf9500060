package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.operations.RunningOperations.eventId;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static dev.tidegate.gateway.store.TestLedger.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.operations.RunningOperations;
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

  private static String audit() throws SQLException {
    return ledger.query(
        """
        SELECT string_agg(
          concat_ws(' ', tenant_id, actor, actor_tenant_id, action, outcome), ', '
          ORDER BY recorded_at)
        FROM audit_records
        """);
  }

  private static String issueState() {
    return client
        .get(A_OPERATOR, "/admin/issues")
        .json()
        .path("issues")
        .path(0)
        .path("state")
        .asText();
  }

  @ParameterizedTest
  @CsvSource({
    "events/failed?page=0, page",
    "events/failed?limit=0, limit",
    "events/failed?limit=101, limit",
    "events/failed?limit=100&page=101, page",
    "issues?state=broken, state",
    "metrics?since=2026-01-01T00:00:00Z&until=2026-03-01T00:00:00Z, since",
    "metrics?since=2026-03-01T00:00:00Z&until=2026-01-01T00:00:00Z, since",
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
    assertThat(issueState()).isEqualTo("open");
    for (String state : new String[] {"acknowledged", "ignored", "resolved"}) {
      Answer answer =
          client.send(
              A_OPERATOR, "PATCH", "/admin/issues/f1", "{\"state\":\"%s\"}".formatted(state));
      assertThat(answer.json().path("state").asText()).isEqualTo(state);
      assertThat(issueState()).isEqualTo(state);
    }
    ledger.letter("a", "n2", "f1");
    assertThat(issueState()).isEqualTo("open");
    assertThat(client.get(A_OPERATOR, "/admin/issues?state=resolved").json().path("issues").size())
        .isZero();
    assertThat(audit().split(", ")).hasSize(3).containsOnly("a olga a SET_ISSUE_STATE DONE");
  }

  @Test
  void whoSpansTenantsMustNameTheIssues() throws SQLException {
    ledger.letter("a", "n1", "f1");
    Answer answer = client.send(PLATFORM, "PATCH", "/admin/issues/f1", "{\"state\":\"resolved\"}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointers()).containsExactly("tenant");
    assertThat(
            client
                .send(PLATFORM, "PATCH", "/admin/issues/f1?tenant=a", "{\"state\":\"resolved\"}")
                .status())
        .isEqualTo(200);
    assertThat(audit()).isEqualTo("a paul house SET_ISSUE_STATE DONE");
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
    JsonNode record = client.get(A_OPERATOR, "/admin/audit").json().path("records").path(0);

    assertThat(record.path("action").asText()).isEqualTo("DISCARD_EVENT");
    assertThat(record.path("actor").asText()).isEqualTo("olga");
    assertThat(record.path("target").asText()).isEqualTo(eventId("a", "n1"));
    assertThat(record.path("requestId").asText()).isNotBlank();
    assertThat(client.get(A_OPERATOR, "/admin/audit?actor=ann").json().path("records")).isEmpty();
  }
}
