package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.RawEvent;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Dry runs over HTTP. What handlers make of events is another room's, so an engine stands in for
 * them that takes each event when it is let.
 */
class DryRunIT {
  private static TestLedger ledger;

  private static final Semaphore LET = new Semaphore(0);
  private static volatile String impossible;
  private static LedgerDatabase database;
  private static DryRunRoutes routes;
  private static GatewayServer server;
  private static TestClient client;

  @BeforeAll
  static void start() {
    ledger = TestLedger.create();
    database = ledger.open(4);
    routes = routes(Optional.of(DryRunIT::run));
    server = GatewayServer.start("localhost", 0, List.of(routes));
    client = new TestClient(server.port());
  }

  private static DryRunRoutes routes(Optional<DryRun> engine) {
    return new DryRunRoutes(
        new KnownCallers(),
        Optional.of(database),
        Optional.of(database),
        RunningReplays.TOKENS,
        engine);
  }

  @AfterAll
  static void stop() {
    routes.close();
    server.close();
    database.close();
  }

  @BeforeEach
  void fill() throws SQLException {
    ledger.empty();
    ledger.letters("a", 150);
    ledger.letters("b", 3);
    LET.drainPermits();
    impossible = null;
  }

  /** What a test has started ends before the next one. */
  @AfterEach
  void awaitRuns() {
    LET.release(1_000_000);
    await()
        .until(
            () ->
                ledger
                    .query(
                        "SELECT count(*) FROM dry_runs"
                            + " WHERE status = 'RUNNING' AND updated_at > now() - '1 minute'::interval")
                    .equals("0"));
  }

  private static DryRun.Result run(Iterator<RawEvent> events, DryRun.Progress progress)
      throws DryRun.ImpossibleException {
    if (impossible != null) {
      throw new DryRun.ImpossibleException(impossible, null);
    }
    long done = 0;
    RawEvent last = null;
    while (events.hasNext()) {
      last = events.next();
      LET.acquireUninterruptibly();
      done++;
      if (!progress.done(done)) {
        throw new CancellationException();
      }
    }
    return new DryRun.Result(
        done - 1,
        1,
        List.of(
            new DryRun.Failure(
                "Transform",
                ErrorClass.INVALID,
                "it must be a date",
                "0123456789abcdef",
                1,
                new DryRun.Sample(last.tenantId(), last.source(), last.identity()))),
        List.of(new DryRun.EffectCount("EVENT", "order.paid", 2, 2, 1)),
        List.of(
            new DryRun.TableDifference(
                "orders",
                0,
                1,
                2,
                3,
                List.of(
                    new DryRun.RowDifference(
                        new TreeMap<>(Map.of("order_id", "o")),
                        DryRun.Change.CHANGED,
                        List.of(
                            new DryRun.ColumnDifference(
                                "status",
                                DryRun.Change.CHANGED,
                                NullNode.getInstance(),
                                TextNode.valueOf("open"))))))));
  }

  private static String begin(String caller, String body) {
    Answer answer = client.post(caller, "/admin/dry-runs", body);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(202);
    String id = answer.json().path("dryRunId").asText();
    assertThat(answer.response().headers().firstValue("location"))
        .contains("/admin/dry-runs/" + id);
    return id;
  }

  private static JsonNode show(String id) {
    return client.get(PLATFORM, "/admin/dry-runs/" + id).json();
  }

  private static JsonNode awaitStatus(String id, String status) {
    await().until(() -> show(id).path("status").asText().equals(status));
    return show(id);
  }

  @Test
  void itsResultIsKept() throws SQLException {
    LET.release(1_000);
    String id = begin(A_OPERATOR, "{\"filter\":{\"sources\":[\"shop\"]}}");
    JsonNode run = awaitStatus(id, "COMPLETED");
    assertThat(run.path("tenant").asText()).isEqualTo("a");
    assertThat(run.path("origin").asText()).isEqualTo("DEAD_LETTERS");
    assertThat(run.path("selected").asInt()).isEqualTo(150);
    assertThat(run.path("done").asInt()).isEqualTo(150);
    assertThat(run.path("filter").toString()).isEqualTo("{\"sources\":[\"shop\"]}");
    JsonNode result = run.path("result");
    assertThat(result.path("succeeded").asInt()).isEqualTo(149);
    JsonNode failure = result.path("failures").get(0);
    assertThat(failure.path("errorClass").asText()).isEqualTo("INVALID");
    assertThat(failure.path("sample").asText())
        .isEqualTo(RunningReplays.TOKENS.of("a", "shop", "n149"))
        .startsWith("evt_");
    assertThat(result.at("/effects/0/type").asText()).isEqualTo("order.paid");
    assertThat(result.at("/effects/0/issued").asInt()).isEqualTo(1);
    assertThat(result.at("/tables/0/rowsOnlyRebuild").asInt()).isEqualTo(3);
    JsonNode column = result.at("/tables/0/rows/0/columns/0");
    assertThat(column.path("after").asText()).isEqualTo("open");
    assertThat(column.path("before").isNull()).isTrue();
    assertThat(result.at("/tables/0/rows/0/key/order_id").asText()).isEqualTo("o");

    JsonNode listed = client.get(A_OPERATOR, "/admin/dry-runs").json().path("items");
    assertThat(listed).hasSize(1);
    assertThat(listed.get(0).has("result")).isFalse();
    assertThat(client.get(B_OPERATOR, "/admin/dry-runs").json().path("items")).isEmpty();
    assertThat(client.get(B_OPERATOR, "/admin/dry-runs/" + id).status()).isEqualTo(404);
    assertThat(ledger.audit()).contains("START_DRY_RUN");
    assertThat(ledger.query("SELECT count(*) FROM event_dead_letters WHERE status = 'OPEN'"))
        .isEqualTo("153");
  }

  @Test
  void noMoreEventsAreTakenThanAskedFor() {
    LET.release(1_000);
    String id = begin(A_OPERATOR, "{\"limit\":120}");
    JsonNode run = awaitStatus(id, "COMPLETED");
    assertThat(run.path("selected").asInt()).isEqualTo(120);
    assertThat(run.path("done").asInt()).isEqualTo(120);
    for (String mistake : List.of("0", "100001", "\"x\"", "1.5")) {
      Answer answer =
          client.post(A_OPERATOR, "/admin/dry-runs", "{\"limit\":%s}".formatted(mistake));
      assertThat(answer.status()).as(mistake).isEqualTo(400);
      assertThat(answer.pointers()).contains("/limit");
    }
  }

  @Test
  void aTenantHasOneAtATimeAndAGatewayTwo() {
    String first = begin(A_OPERATOR, "{}");
    assertThat(client.post(A_OPERATOR, "/admin/dry-runs", "{}").status()).isEqualTo(429);
    String second = begin(B_OPERATOR, "{}");
    Answer full = client.post(PLATFORM, "/admin/dry-runs", "{}");
    assertThat(full.status()).isEqualTo(429);
    assertThat(full.response().headers().firstValue("retry-after")).isPresent();
    LET.release(1_000);
    awaitStatus(first, "COMPLETED");
    awaitStatus(second, "COMPLETED");
    awaitStatus(begin(A_OPERATOR, "{}"), "COMPLETED");
  }

  @Test
  void itEndsWhenItIsCancelled() throws SQLException {
    String id = begin(A_OPERATOR, "{}");
    LET.release(5);
    await().until(() -> show(id).path("done").asInt() == 5);
    assertThat(client.post(B_OPERATOR, "/admin/dry-runs/" + id + "/cancel", null).status())
        .isEqualTo(404);
    Answer cancelled = client.post(A_OPERATOR, "/admin/dry-runs/" + id + "/cancel", null);
    assertThat(cancelled.json().path("status").asText()).isEqualTo("CANCELLED");
    assertThat(client.post(A_OPERATOR, "/admin/dry-runs/" + id + "/cancel", null).status())
        .isEqualTo(409);
    LET.release(1);
    // Its place is free when it has ended, and it took no further event.
    await().until(() -> client.post(A_OPERATOR, "/admin/dry-runs", "{}").status() == 202);
    assertThat(show(id).path("done").asInt()).isEqualTo(5);
    assertThat(show(id).has("result")).isFalse();
    assertThat(ledger.audit()).contains("CANCEL_DRY_RUN");
  }

  @Test
  void aRunWhoseInstanceDiedHasFailed() throws SQLException {
    ledger.execute(
        """
        INSERT INTO dry_runs (
          tenant_id, dry_run_id, origin, filter, selected, requested_by_tenant, updated_at)
        VALUES ('a', '5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e', 'DEAD_LETTERS', '{}', 1, 'a',
          now() - interval '61 seconds')
        """);
    JsonNode dead = show("5f0c4f4e-6a0e-4d4e-9d7e-0d5a7b1c2d3e");
    assertThat(dead.path("status").asText()).isEqualTo("FAILED");
    assertThat(dead.path("reason").asText()).contains("has ended");
    LET.release(1_000);
    awaitStatus(begin(A_OPERATOR, "{}"), "COMPLETED");
  }

  @Test
  void whatKeepsItFromRunningIsTold() {
    impossible = "Grant the right.";
    JsonNode failed = awaitStatus(begin(A_OPERATOR, "{}"), "FAILED");
    assertThat(failed.path("reason").asText()).isEqualTo("Grant the right.");
  }

  @Test
  void aGatewayWithoutHandlersSaysSo() {
    try (DryRunRoutes without = routes(Optional.empty());
        GatewayServer other = GatewayServer.start("localhost", 0, List.of(without))) {
      Answer answer = new TestClient(other.port()).post(A_OPERATOR, "/admin/dry-runs", "{}");
      assertThat(answer.status()).isEqualTo(501);
      assertThat(answer.json().path("detail").asText()).contains("tidegate what-if");
    }
  }
}
