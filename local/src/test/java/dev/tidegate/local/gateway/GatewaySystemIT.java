package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SharedSystem;
import dev.tidegate.local.command.Tidegate;
import dev.tidegate.local.infrastructure.MetricQueries;
import dev.tidegate.schemas.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The gateway of a whole local system: from HTTP to the ledger, and the commands that use it. */
public class GatewaySystemIT {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static RunningSystem running;
  private static Path folder;
  private static ReachableSystem system;
  private static DevelopmentSecrets secrets;

  @BeforeAll
  static void reach() throws Exception {
    running = SharedSystem.get().description();
    folder = SharedSystem.dataFolder();
    system = new ReachableSystem(running);
    secrets = DevelopmentSecrets.in(folder);
  }

  @Test
  void aSignedWebhookLandsWithItsRequestIdAndItsTrace() throws Exception {
    String body = SignedWebhook.container("hook-1", "c-1");
    HttpResponse<String> answer =
        HTTP.send(
            SignedWebhook.to(url(), secrets.terminal49().text(), body)
                .header("X-Request-ID", "request-7")
                .header("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01")
                .build(),
            BodyHandlers.ofString());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    assertThat(answer.headers().firstValue("X-Request-ID")).contains("request-7");
    String eventId = Json.parse(answer.body().getBytes(UTF_8)).path("eventId").asText();
    JsonNode event = get("/events/" + eventId + "?wait=30", token("default", Role.OPERATOR));
    assertThat(event.path("status").asText()).as(event.toString()).isEqualTo("PROCESSED");
    assertThat(event.path("requestId").asText()).isEqualTo("request-7");
    assertThat(
            system.sql(
                "SELECT request_id, signature_valid, attributes->>'traceparent' FROM events"
                    + " WHERE notification_id = 'hook-1'"))
        .singleElement()
        .asString()
        .isEqualTo("request-7|t|00-" + TRACE + "-b7ad6b7169203331-01");
    assertThat(
            system.sql(
                "SELECT received_at = (attributes->>'received_at')::timestamptz FROM events"
                    + " WHERE notification_id = 'hook-1'"))
        .as("the gateway's stamp proves its time of receipt")
        .containsExactly("t");
    assertThat(system.sql("SELECT number FROM containers WHERE t49_container_id = 'c-1'"))
        .containsExactly("TEMU0000001");
  }

  @Test
  void aGitHubStyleRequestKeepsWhatItsHeadersTellThroughArchiveLedgerAndReplay() throws Exception {
    String secret = secrets.ofSource("github", false).text();
    String body = "{\"zen\":\"Design for failure.\"}";
    assertThat(status("ping", "delivery-1", body, secret)).isEqualTo("UNHANDLED");
    String headers =
        "SELECT event_type, attributes->>'event_type', attributes->>'header.x-github-event',"
            + " attributes->>'header.x-github-hook-id', attributes ? 'header.x-hub-signature-256'";
    assertThat(system.sql(headers + " FROM events WHERE notification_id = 'delivery-1'"))
        .containsExactly("ping|ping|ping|77|f");
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT event_type FROM raw_events WHERE notification_id = 'delivery-1'"
                                + " AND CAST(attributes AS VARCHAR) LIKE '%x-github-hook-id%'"))
                    .containsExactly("ping"));

    assertThat(status("push", "delivery-2", body, secret)).isEqualTo("DEAD_LETTER");
    HttpResponse<String> replayed =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(url() + "/admin/events/" + lastEventId + "/replay"))
                .header("Authorization", "Bearer " + token("default", Role.OPERATOR))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build(),
            BodyHandlers.ofString());
    assertThat(replayed.statusCode()).as(replayed.body()).isBetween(200, 299);
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.query(
                            "SELECT event_type FROM dead_letters"
                                + " WHERE notification_id = 'delivery-2'"
                                + " AND CAST(attributes AS VARCHAR) LIKE '%x-github-hook-id%'"
                                + " AND CAST(attributes AS VARCHAR) LIKE '%dead_letter_id%'"))
                    .as("the letter of the replay")
                    .containsExactly("push"));
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT attempts, attributes->>'header.x-github-hook-id'"
                                + " FROM event_dead_letters WHERE notification_id = 'delivery-2'"))
                    .containsExactly("2|77"));
  }

  private static String lastEventId = "";

  private static String status(String type, String delivery, String body, String secret)
      throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(url() + "/webhooks/github"))
                .header("Content-Type", "application/json")
                .header("X-Hub-Signature-256", "sha256=" + SignedWebhook.signature(secret, body))
                .header("X-GitHub-Event", type)
                .header("X-GitHub-Delivery", delivery)
                .header("X-GitHub-Hook-ID", "77")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    lastEventId = Json.parse(answer.body().getBytes(UTF_8)).path("eventId").asText();
    return get("/events/" + lastEventId + "?wait=30", token("default", Role.OPERATOR))
        .path("status")
        .asText();
  }

  @Test
  void anEventMayBeSentForASourceThatTheTokenNames() throws Exception {
    for (List<String> sources : List.of(List.<String>of(), List.of("shopify"))) {
      HttpResponse<String> answer =
          HTTP.send(
              HttpRequest.newBuilder(URI.create(url() + "/events"))
                  .header(
                      "Authorization",
                      "Bearer "
                          + new DevelopmentToken(
                                  "acme", "tester", List.of(), sources, Duration.ofHours(1))
                              .sign(secrets.tokenKey()))
                  .header("Content-Type", "application/json")
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "{\"eventType\":\"orders/create\",\"source\":\"shopify\",\"payload\":{}}"))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(sources.isEmpty() ? 403 : 202);
    }
    await()
        .untilAsserted(
            () ->
                assertThat(
                        system.sql(
                            "SELECT event_type FROM events"
                                + " WHERE tenant_id = 'acme' AND source = 'shopify'"))
                    .containsExactly("orders/create"));
  }

  @Test
  void aWebhookWithAnotherSignatureIsRefused() throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            SignedWebhook.to(url(), "another", SignedWebhook.container("no", "no")).build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("content-type"))
        .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
  }

  @Test
  void anEventWithATokenLandsAndOnlyItsTenantSeesIt() throws Exception {
    HttpResponse<String> answer =
        HTTP.send(
            HttpRequest.newBuilder(URI.create(url() + "/events"))
                .header("Authorization", "Bearer " + token("acme", Role.OPERATOR))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"eventType\":\"order.created\",\"payload\":{\"id\":\"o-1\"}}"))
                .build(),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    String eventId = Json.parse(answer.body().getBytes(UTF_8)).path("eventId").asText();
    JsonNode event = get("/events/" + eventId + "?wait=30", token("acme", Role.OPERATOR));
    assertThat(event.path("status").asText()).as(event.toString()).isEqualTo("UNHANDLED");
    assertThat(event.path("conflicts").asInt(-1)).isZero();
    assertThat(get("/events/" + eventId, token("globex", Role.OPERATOR)).path("status").asInt())
        .isEqualTo(404);
  }

  @Test
  void statusHealthAndMetricsAnswer() throws Exception {
    assertThat(get("/status", "").path("state").asText()).isEqualTo("RUNNING");
    assertThat(get("/health", "").path("status").asText()).isEqualTo("OK");
    assertThat(get("/readyz", "").path("status").asText()).isEqualTo("READY");
    HTTP.send(
        SignedWebhook.to(
                url(), secrets.terminal49().text(), SignedWebhook.container("count", "c-count"))
            .build(),
        BodyHandlers.ofString());
    await()
        .untilAsserted(
            () ->
                assertThat(text("/metrics"))
                    .containsPattern(
                        "tidegate_events_accepted_total\\{source=\"terminal49\"} [1-9]"));
  }

  /** A chart of a metric that is not there is empty, and an alert on it is never raised. */
  @Test
  void theDashboardAndTheAlertsAskForMetricsThatThereAre() throws Exception {
    HTTP.send(
        SignedWebhook.to(url(), "another", SignedWebhook.container("no-2", "no")).build(),
        BodyHandlers.discarding());
    HTTP.send(
        SignedWebhook.to(
                url(), secrets.terminal49().text(), SignedWebhook.container("asked", "c-asked"))
            .build(),
        BodyHandlers.discarding());
    // Of what events cause nothing is told where there is nothing.
    system.sql(
        """
        WITH tasks AS (
          INSERT INTO tasks (
            tenant_id, task_id, kind, aggregate, payload, source, cause, handler, effect_key)
          VALUES ('metrics', gen_random_uuid(), 'pack', 'a', '{}', 'shop', 'n', 'h', 'k')),
        sagas AS (
          INSERT INTO saga_instances (
            tenant_id, source, saga, instance, status, waiting_for, since)
          VALUES ('metrics', 'shop', 'parcel', '1', 'ACTIVE', 'packing', now()),
            ('metrics', 'shop', 'parcel', '2', 'FAILED', NULL, NULL)),
        effects AS (
          INSERT INTO effects (
            tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type)
          VALUES ('metrics', gen_random_uuid(), 'shop', 'n', 'h', 'k', 'TASK', 'pack')),
        minutes AS (
          INSERT INTO event_rollups (
            tenant_id, minute, source, event_type, status, writer, events, millis_sum, le_100)
          SELECT 'metrics', date_trunc('minute', now()) - ago * interval '1 minute', 'shop', 't',
            'PROCESSED', 0, 1, 90, 1
          FROM generate_series(0, 1) AS ago)
        SELECT 1
        """);
    try {
      Map<String, Set<String>> asked = MetricQueries.metrics();
      assertThat(asked).hasSizeGreaterThan(40);
      await()
          .untilAsserted(
              () -> {
                List<String> samples = text("/metrics").lines().toList();
                asked.forEach(
                    (metric, labels) ->
                        assertThat(samples)
                            .as("%s, by %s", metric, labels)
                            .anyMatch(sample -> isOf(sample, metric, labels)));
              });
    } finally {
      system.sql(
          """
          WITH tasks AS (DELETE FROM tasks WHERE tenant_id = 'metrics'),
            sagas AS (DELETE FROM saga_instances WHERE tenant_id = 'metrics'),
            effects AS (DELETE FROM effects WHERE tenant_id = 'metrics'),
            minutes AS (DELETE FROM event_rollups WHERE tenant_id = 'metrics')
          SELECT 1
          """);
    }
  }

  private static boolean isOf(String sample, String metric, Set<String> labels) {
    return sample.startsWith(metric)
        && "{ ".indexOf(sample.charAt(metric.length())) >= 0
        && labels.stream().allMatch(label -> sample.matches(".*[{,]" + label + "=\".*"));
  }

  @Test
  void sendGoesThroughTheGatewayAndListenShowsWhatLands() throws Exception {
    Path notifications =
        Files.writeString(
            folder.resolve("many.ndjson"),
            IntStream.range(0, 1_000)
                .mapToObj(i -> SignedWebhook.container("many-" + i, "c-many-" + i))
                .collect(Collectors.joining("\n")));
    StringWriter listened = new StringWriter();
    Thread listener =
        new Thread(
            () ->
                commandLine(listened)
                    .execute("listen", "--data=" + folder, "--output=json", "--status=PROCESSED"));
    listener.start();
    try {
      // What lands before the listener looks for the first time is not its.
      await().until(() -> listened.toString().contains("Listening to"));
      StringWriter sent = new StringWriter();
      int exitCode =
          commandLine(sent).execute("send", "--data=" + folder, notifications.toString());
      assertThat(exitCode).as(sent.toString()).isZero();
      assertThat(sent.toString()).startsWith("1,000 notifications accepted");
      await()
          .untilAsserted(
              () ->
                  assertThat(listened.toString().lines().filter(line -> line.contains("\"many-")))
                      .hasSize(1_000)
                      .doesNotHaveDuplicates());
    } finally {
      listener.interrupt();
      listener.join();
    }
    assertThat(
            system.sql(
                "SELECT count(*) FROM events WHERE notification_id LIKE 'many-%'"
                    + " AND signature_valid AND NOT attributes ? 'traceparent'"))
        .containsExactly("1000");
  }

  @Test
  void tokensAreMadeForAnyTenantAndRole() throws Exception {
    StringWriter out = new StringWriter();
    int exitCode =
        commandLine(out)
            .execute("token", "--data=" + folder, "--tenant=initech", "--role=platform_operator");
    assertThat(exitCode).isZero();
    assertThat(get("/admin/events/failed", out.toString().strip()).path("items").isArray())
        .isTrue();
  }

  private static CommandLine commandLine(StringWriter out) {
    PrintWriter writer = new PrintWriter(out, true);
    return Tidegate.commandLine().setOut(writer).setErr(writer);
  }

  private static String token(String tenant, Role role) throws Exception {
    return new DevelopmentToken(tenant, "tester", List.of(role), List.of(), Duration.ofHours(1))
        .sign(secrets.tokenKey());
  }

  private static String url() {
    return running.gatewayUrl();
  }

  private static JsonNode get(String path, String token) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path));
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return Json.parse(HTTP.send(request.build(), BodyHandlers.ofByteArray()).body());
  }

  private static String text(String path) throws Exception {
    return HTTP.send(
            HttpRequest.newBuilder(URI.create(url() + path)).build(), BodyHandlers.ofString())
        .body();
  }
}
