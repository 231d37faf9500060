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
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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
      String letters = answer.json().path("letters").asText();
      if (state.equals("ACKNOWLEDGED")) {
        assertThat(letters).isEmpty();
      } else {
        assertThat(letters)
            .contains("open now: 1", "Each one stays open until somebody replays or discards it")
            .contains(state.equals("IGNORED") ? "stays ignored" : "is open again");
        assertThat(ledger.query("SELECT status FROM event_dead_letters")).isEqualTo("OPEN");
      }
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

  /** A minute's events, all of which took between 25 and 50 ms. */
  private static void rollup(
      String tenant, Instant minute, String type, String status, int writer, int events)
      throws SQLException {
    ledger.execute(
        """
        INSERT INTO event_rollups (
          tenant_id, minute, source, event_type, status, writer, events, millis_sum, le_50)
        VALUES (?, date_trunc('minute', ?::timestamptz), 'shop', ?, ?, ?::smallint, ?::bigint, 0,
          ?::bigint)
        """,
        tenant,
        minute.toString(),
        type,
        status,
        Integer.toString(writer),
        Integer.toString(events),
        Integer.toString(events));
  }

  private static void hour(String tenant, Instant hour, int events) throws SQLException {
    ledger.execute(
        """
        INSERT INTO event_rollups_hourly (
          tenant_id, hour, source, event_type, status, events, millis_sum, le_infinity)
        VALUES (?, ?::timestamptz, 'shop', 'order.paid', 'PROCESSED', ?::bigint, 0, ?::bigint)
        """,
        tenant,
        hour.toString(),
        Integer.toString(events),
        Integer.toString(events));
  }

  private static long sum(JsonNode charts, String name) {
    long sum = 0;
    for (JsonNode point : charts.path("points")) {
      sum += point.path(name).asLong();
    }
    return sum;
  }

  @ParameterizedTest
  @CsvSource({"3, 60, 180", "12, 300, 144", "24, 300, 288", "48, 3600, 49", "744, 3600, 745"})
  void chartsHaveStepsThatSuitTheirLength(int hours, int step, int points) throws SQLException {
    Instant until = Instant.now().truncatedTo(ChronoUnit.HOURS).plusSeconds(1800);
    rollup("a", until.minusSeconds(120), "order.paid", "PROCESSED", 0, 7);
    rollup("a", until.minusSeconds(120), "order.paid", "PROCESSED", 1, 3);
    rollup("a", until.minusSeconds(60), "", "UNHANDLED", 0, 2);
    rollup("a", until.minusSeconds(60), "order.paid", "DUPLICATE", 0, 4);
    rollup("a", until.minusSeconds(60), "order.paid", "DEAD_LETTER", 0, 1);
    rollup("b", until.minusSeconds(60), "order.paid", "PROCESSED", 0, 1000);
    JsonNode charts =
        client
            .get(
                A_OPERATOR,
                "/admin/charts?since=%s&until=%s"
                    .formatted(until.minus(Duration.ofHours(hours)), until))
            .json();

    assertThat(charts.path("stepSeconds").asInt()).isEqualTo(step);
    assertThat(charts.path("points")).hasSize(points);
    assertThat(sum(charts, "processed")).isEqualTo(10);
    assertThat(sum(charts, "unhandled")).isEqualTo(2);
    assertThat(sum(charts, "duplicates")).isEqualTo(4);
    assertThat(sum(charts, "deadLetters")).isEqualTo(1);
    assertThat(charts.path("types").path(0).toString())
        .isEqualTo(
            "{\"source\":\"shop\",\"eventType\":\"order.paid\",\"events\":15,\"deadLetters\":1}");
    JsonNode last = charts.path("points").path(points - 1);
    assertThat(last.path("p50").asDouble()).isBetween(25.0, 50.0);
    assertThat(last.path("p99").asDouble()).isBetween(last.path("p50").asDouble(), 50.0);
  }

  /** The newest hour that is added up is read by the minute: events of it may have come since. */
  @Test
  void longChartsReadHoursAndOfTheRestMinutes() throws SQLException {
    Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
    hour("a", hour.minus(Duration.ofHours(100)), 50);
    hour("a", hour.minus(Duration.ofHours(2)), 20);
    hour("a", hour.minus(Duration.ofHours(1)), 5);
    hour("b", hour.minus(Duration.ofHours(2)), 1000);
    rollup("a", hour.minus(Duration.ofHours(2)).plusSeconds(600), "order.paid", "PROCESSED", 0, 20);
    rollup("a", hour.minus(Duration.ofHours(1)).plusSeconds(600), "order.paid", "PROCESSED", 0, 6);
    rollup("a", hour, "order.paid", "PROCESSED", 0, 1);
    String month =
        "/admin/charts?until=%s&since=".formatted(hour.plusSeconds(3600))
            + hour.minus(Duration.ofDays(30));

    assertThat(sum(client.get(A_OPERATOR, month).json(), "processed")).isEqualTo(77);
    assertThat(sum(client.get(PLATFORM, month).json(), "processed")).isEqualTo(1077);
    assertThat(sum(client.get(A_OPERATOR, month + "&source=other").json(), "processed")).isZero();
    assertThat(client.get(A_OPERATOR, month).json().at("/types/0/events").asInt()).isEqualTo(77);
  }

  @Test
  void chartsTellWhyEventsFailed() throws SQLException {
    ledger.letter("a", "n1", "f1");
    ledger.letter("a", "n2", "f2");
    ledger.letter("b", "n1", "f1");

    assertThat(client.get(A_OPERATOR, "/admin/charts").json().path("failures"))
        .hasToString("[{\"errorClass\":\"INVALID\",\"stage\":\"Validate\",\"failures\":2}]");
  }

  @Test
  void theOverviewTellsTheFlowAndWhatNeedsAPerson() throws SQLException {
    Instant now = Instant.now();
    rollup("a", now.minusSeconds(60), "order.paid", "PROCESSED", 0, 600);
    rollup("a", now, "order.paid", "PROCESSED", 0, 600);
    rollup("b", now, "order.paid", "PROCESSED", 0, 99_000);
    ledger.letter("a", "n1", "f1");
    ledger.task("a", "n1", "research", 5, "2026-01-01T00:00:00Z");
    ledger.saga("a", "shop", "s", "i", null, null);
    ledger.execute("UPDATE saga_instances SET status = 'FAILED'");
    JsonNode overview = client.get(A_OPERATOR, "/admin/overview").json();

    assertThat(overview.at("/rates/committed").asDouble()).isBetween(9.9, 20.1);
    assertThat(overview.at("/rates/archived").isMissingNode()).isTrue();
    assertThat(overview.at("/totals/committed").asDouble()).isEqualTo(1200);
    assertThat(overview.at("/latencyMillis/p95").asDouble()).isBetween(25.0, 50.0);
    assertThat(overview.at("/backlog/outbox").asInt()).isZero();
    assertThat(overview.path("needsAPerson").findValuesAsText("kind"))
        .containsExactly("ISSUES", "FAILED_SAGAS", "OVERDUE_TASKS");
    assertThat(overview.path("needsAPerson").findValuesAsText("count")).containsOnly("1");
    assertThat(client.get(B_OPERATOR, "/admin/overview").json().path("needsAPerson")).isEmpty();
  }

  @Test
  void tenantsAreListedPageByPageAndOnlyToThoseWhoSpanThem() throws SQLException {
    for (String tenant : new String[] {"a", "b", "c"}) {
      ledger.event(tenant, "n1");
      ledger.letter(tenant, "n2", "f1");
    }
    rollup("a", Instant.now(), "order.paid", "PROCESSED", 0, 5);
    rollup("a", Instant.now(), "order.paid", "DEAD_LETTER", 0, 2);
    JsonNode first = client.get(PLATFORM, "/admin/tenants?limit=2").json();
    JsonNode second =
        client.get(PLATFORM, "/admin/tenants?limit=2&cursor=" + first.path("next").asText()).json();

    assertThat(first.path("items").findValuesAsText("tenant")).containsExactly("a", "b");
    assertThat(second.path("items").findValuesAsText("tenant")).containsExactly("c");
    assertThat(second.has("next")).isFalse();
    JsonNode tenant = first.at("/items/0");
    assertThat(tenant.path("events").asInt()).isEqualTo(7);
    assertThat(tenant.path("deadLetters").asInt()).isEqualTo(2);
    assertThat(tenant.path("openLetters").asInt()).isEqualTo(1);
    assertThat(tenant.path("sources")).hasToString("[\"shop\"]");
    assertThat(tenant.path("lastEventAt").asText()).isNotEmpty();
    assertThat(client.get(A_OPERATOR, "/admin/tenants").json().findValuesAsText("tenant"))
        .containsExactly("a");
  }

  @Test
  void sourcesAreThoseOfTheTenant() throws SQLException {
    ledger.event("a", "n1");
    ledger.event("b", "n1");
    ledger.execute("UPDATE events SET source = 'other' WHERE tenant_id = 'b'");
    rollup("a", Instant.now(), "order.paid", "PROCESSED", 0, 5);
    JsonNode sources = client.get(A_OPERATOR, "/admin/sources").json().path("items");

    assertThat(sources.findValuesAsText("source")).containsExactly("shop");
    assertThat(sources.at("/0/kind").asText()).isEqualTo("SEEN");
    assertThat(sources.at("/0/events").asInt()).isEqualTo(5);
    assertThat(sources.at("/0/types/0/eventType").asText()).isEqualTo("order.paid");
    assertThat(Instant.parse(sources.at("/0/lastEventAt").asText())).isEqualTo(TIME);
    assertThat(client.get(PLATFORM, "/admin/sources").json().findValuesAsText("source"))
        .containsExactly("other", "shop");
  }

  @Test
  void anIssueTellsItsTrendSamplesAndTypes() throws SQLException {
    for (int i = 0; i < 6; i++) {
      ledger.letter("a", "n" + i, "f1");
    }
    ledger.letter("b", "n1", "f1");
    ledger.execute(
        "UPDATE event_dead_letters SET status = 'DISCARDED' WHERE notification_id = 'n0'");
    JsonNode issue = client.get(A_OPERATOR, "/admin/issues/f1").json();

    assertThat(issue.path("failures").asInt()).isEqualTo(6);
    assertThat(issue.path("openLetters").asInt()).isEqualTo(5);
    assertThat(issue.path("openLettersExact").asBoolean()).isTrue();
    assertThat(issue.path("trend")).hasSize(24);
    assertThat(issue.path("trend").path(23).asInt() + issue.path("trend").path(22).asInt())
        .isEqualTo(6);
    assertThat(issue.path("hours")).hasSize(168);
    assertThat(issue.path("samples").findValuesAsText("notificationId"))
        .containsExactly("n5", "n4", "n3", "n2", "n1");
    assertThat(issue.path("types")).hasToString("[{\"eventType\":\"order.paid\",\"letters\":6}]");
    assertThat(client.get(PLATFORM, "/admin/issues/f1").pointers()).containsExactly("tenant");
    assertThat(client.get(A_OPERATOR, "/admin/issues/f2").status()).isEqualTo(404);
  }

  @Test
  void anIssueHasAnOwnerAndANoteUntilTheyAreTakenAway() throws SQLException {
    ledger.letter("a", "n1", "f1");
    client.send(
        A_OPERATOR,
        "PATCH",
        "/admin/issues/f1",
        "{\"state\":\"ACKNOWLEDGED\",\"owner\":\"ann\",\"note\":\"the sender\\nknows\"}");
    JsonNode issue = client.get(A_OPERATOR, "/admin/issues?owner=ann").json().at("/items/0");

    assertThat(issue.path("owner").asText()).isEqualTo("ann");
    assertThat(issue.path("note").asText()).isEqualTo("the sender\nknows");
    assertThat(issue.path("changedBy").asText()).isEqualTo("olga");
    client.send(A_OPERATOR, "PATCH", "/admin/issues/f1", "{\"owner\":\"\"}");
    issue = client.get(A_OPERATOR, "/admin/issues/f1").json();
    assertThat(issue.has("owner")).isFalse();
    assertThat(issue.has("note")).isTrue();
    assertThat(issue.path("state").asText()).isEqualTo("ACKNOWLEDGED");
  }

  @ParameterizedTest
  @CsvSource({
    "source=shop, 1",
    "source=other, 0",
    "stage=Validate, 1",
    "stage=Upsert, 0",
    "errorClass=INVALID, 1",
    "errorClass=BUG, 0",
    "owner=ann, 0",
    "since=2020-01-01T00:00:00Z, 1",
    "since=2100-01-01T00:00:00Z, 0",
    "fingerprint=f1&state=OPEN, 1",
  })
  void issuesAreFiltered(String query, int expected) throws SQLException {
    ledger.letter("a", "n1", "f1");

    assertThat(client.get(A_OPERATOR, "/admin/issues?" + query).json().path("items"))
        .hasSize(expected);
  }
}
