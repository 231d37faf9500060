package dev.tidegate.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.PubsubPublisher;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Patience;
import dev.tidegate.testing.PostgresServer;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Health over real HTTP, with a real database, and a Pub/Sub that is not there. */
class HealthRoutesIT {
  @TempDir private Path folder;

  private final GatewayMetrics metrics = new GatewayMetrics();
  private GatewayServer server;
  private HealthRoutes health;
  private LedgerDatabase ledger;
  private EventPublisher publisher;
  private long spoolBytes = 1 << 20;

  @AfterEach
  void stop() {
    server.close();
    health.close();
    publisher.close();
    if (ledger != null) {
      ledger.close();
    }
  }

  @Test
  void theDatabaseIsReallyAsked() throws Exception {
    try (PostgresServer postgres = PostgresServer.start(folder.resolve("postgres"))) {
      start(true, Optional.of(postgres.port()));
      assertThat(get("/readyz").status().code()).isEqualTo(200);
      assertThat(report().path("checks").path("database").path("works").asBoolean()).isTrue();
    }
    await()
        .untilAsserted(
            () -> {
              AggregatedHttpResponse answer = get("/readyz");
              assertThat(answer.status().code()).isEqualTo(503);
              assertThat(answer.contentUtf8()).contains("\"pointer\":\"database\"");
              assertThat(answer.headers().get("retry-after")).isEqualTo("2");
            });
    assertThat(get("/readyz?exclude=database").status().code()).isEqualTo(200);
    assertThat(get("/livez").status().code()).isEqualTo(200);
    assertThat(report().path("status").asText()).isEqualTo("DEGRADED");
  }

  @Test
  void withoutASpoolPubsubIsNeeded() throws Exception {
    start(false, Optional.empty());
    AggregatedHttpResponse answer = get("/readyz");
    assertThat(answer.status().code()).isEqualTo(503);
    assertThat(answer.contentUtf8()).contains("\"pointer\":\"pubsub\"").doesNotContain("database");
    assertThat(report().path("checks").path("pubsub").path("works").asBoolean()).isFalse();
  }

  @Test
  void aFullSpoolIsNotReadyWhilePubsubIsAway() throws Exception {
    spoolBytes = 1_500;
    start(true, Optional.empty());
    assertThat(get("/readyz").status().code()).isEqualTo(200);
    OutgoingEvent event = new OutgoingEvent(new byte[700], Map.of());
    assertThat(publisher.publish(event).join()).isInstanceOf(Acceptance.Spooled.class);
    assertThat(get("/readyz").status().code()).isEqualTo(200);

    assertThat(publisher.publish(event)).failsWithin(Patience.LONGEST);

    AggregatedHttpResponse answer = get("/readyz");
    assertThat(answer.status().code()).isEqualTo(503);
    assertThat(answer.contentUtf8()).contains("\"pointer\":\"pubsub\"");
  }

  @Test
  void whatElseMustWorkIsAskedToo() throws Exception {
    AtomicReference<Optional<String>> problem = new AtomicReference<>(Optional.of("restarts"));
    start(true, Optional.empty(), new HealthCheck("pipeline", problem::get));
    AggregatedHttpResponse answer = get("/readyz");
    assertThat(answer.status().code()).isEqualTo(503);
    assertThat(answer.contentUtf8()).contains("\"pointer\":\"pipeline\"", "restarts");
    assertThat(get("/readyz?exclude=pipeline").status().code()).isEqualTo(200);
    for (String form : List.of("multipart/form-data", "application/x-www-form-urlencoded")) {
      AggregatedHttpResponse withForm =
          WebClient.of("http://127.0.0.1:" + server.port())
              .execute(
                  HttpRequest.of(
                      RequestHeaders.of(HttpMethod.GET, "/readyz", "content-type", form),
                      HttpData.ofUtf8("exclude=pipeline")))
              .aggregate()
              .join();
      assertThat(withForm.status().code()).as(form).isEqualTo(503);
      assertThat(withForm.contentUtf8()).contains("restarts");
    }
    assertThat(report().path("checks").path("pipeline").path("problem").asText())
        .isEqualTo("restarts");

    problem.set(Optional.empty());
    await().untilAsserted(() -> assertThat(get("/readyz").status().code()).isEqualTo(200));
  }

  @Test
  void aDatabaseThatAcceptsAndSaysNothingIsToldInBoundedTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0)) {
      start(true, Optional.of(silent.getLocalPort()));
      long begin = System.nanoTime();
      assertThat(get("/readyz").status().code()).isEqualTo(503);
      assertThat(get("/readyz").status().code()).isEqualTo(503);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
    }
  }

  @Test
  void theReportCountsAndTellsNothingOfTheConfiguration() throws Exception {
    start(true, Optional.empty());
    metrics.accepted("terminal49");
    metrics.accepted("terminal49");
    metrics.rejected(RejectionReason.SIGNATURE);
    JsonNode report = report();
    assertThat(report.path("events").path("accepted").path("terminal49").asLong()).isEqualTo(2);
    assertThat(report.path("events").path("rejected").path("signature").asLong()).isEqualTo(1);
    assertThat(report.path("uptimeSeconds").asDouble()).isPositive();
    assertThat(report.fieldNames())
        .toIterable()
        .containsExactlyInAnyOrder("status", "startedAt", "uptimeSeconds", "checks", "events");
    assertThat(report.toString()).doesNotContain("very-secret", "acme", "/webhooks", "spool");
  }

  @Test
  void prometheusFindsTheConventionsNames() throws Exception {
    start(true, Optional.empty());
    metrics.accepted("terminal49");
    metrics.rejected(RejectionReason.SIGNATURE);
    get("/livez");
    get("/items/1");
    get("/items/2");
    get("/no/such/route");
    await()
        .untilAsserted(
            () ->
                assertThat(get("/metrics").contentUtf8())
                    .contains(
                        "# HELP tidegate_events_accepted_total ",
                        "# HELP tidegate_events_rejected_total ",
                        "# TYPE http_server_request_duration_seconds histogram",
                        "http_server_request_duration_seconds_bucket{http_request_method=\"GET\","
                            + "http_response_status_code=\"200\",http_route=\"/livez\",le=\"0.005\"}",
                        "http_server_request_duration_seconds_count{http_request_method=\"GET\","
                            + "http_response_status_code=\"200\",http_route=\"/items/{id}\"} 2",
                        "http_server_request_duration_seconds_count{http_request_method=\"GET\","
                            + "http_response_status_code=\"404\",http_route=\"\"} 1",
                        "tidegate_events_accepted_total{source=\"terminal49\"} 1.0",
                        "tidegate_events_rejected_total{reason=\"signature\"} 1.0")
                    .doesNotContain("/no/such/route", "/items/1"));
    assertThat(get("/metrics").contentType().toString()).startsWith("text/plain");
  }

  private void start(boolean spool, Optional<Integer> postgresPort, HealthCheck... more) {
    GatewayConfiguration configuration =
        new GatewayConfiguration(
            "127.0.0.1",
            0,
            new PubsubConfiguration("p", "t", Optional.of("localhost:1")),
            spool
                ? Optional.of(new SpoolConfiguration(folder.resolve("spool"), spoolBytes))
                : Optional.empty(),
            postgresPort.map(
                port ->
                    new DatabaseConfiguration(
                        "jdbc:postgresql://localhost:%d/postgres".formatted(port),
                        "postgres",
                        Optional.empty(),
                        2)),
            List.of(
                new WebhookEndpoint(
                    "terminal49",
                    "terminal49",
                    new SignatureScheme.Terminal49(),
                    List.of(new WebhookEndpoint.TenantSecret("acme", Secret.of("very-secret"))),
                    List.of(),
                    1)),
            List.of(),
            new AuthenticationConfiguration(List.of(), List.of(), Optional.empty()),
            EventLimits.STANDARD,
            Secret.of("very-secret"),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty());
    publisher =
        PubsubPublisher.open(
            configuration.pubsub(), configuration.spool(), Optional.empty(), metrics);
    ledger = configuration.database().map(LedgerDatabase::open).orElse(null);
    health =
        new HealthRoutes(
            configuration, Optional.ofNullable(ledger), publisher, List.of(more), metrics);
    server =
        GatewayServer.start(
            "127.0.0.1",
            0,
            List.of(
                health,
                builder ->
                    builder
                        .route()
                        .get("/items/{id}")
                        .build((context, request) -> HttpResponse.of(200))),
            new RequestMetrics(metrics));
  }

  private JsonNode report() throws Exception {
    AggregatedHttpResponse answer = get("/health");
    assertThat(answer.status().code()).isEqualTo(200);
    return Json.parse(answer.content().array());
  }

  private AggregatedHttpResponse get(String path) {
    return WebClient.builder("http://127.0.0.1:" + server.port())
        .responseTimeout(Patience.LONGEST)
        .build()
        .execute(HttpRequest.of(HttpMethod.GET, path))
        .aggregate()
        .join();
  }
}
