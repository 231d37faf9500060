package dev.tidegate.gateway.observe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerListener;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code /health}, {@code /livez}, {@code /readyz}, {@code /metrics} and {@code /openapi.json}. */
public final class HealthRoutes implements Routes, AutoCloseable {
  private static final MediaType PROMETHEUS_TEXT =
      MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  private static final MediaType YAML = MediaType.parse("application/yaml; charset=utf-8");
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final Checks checks;
  private final EventPublisher publisher;
  private final HealthReport report;
  private final GatewayMetrics metrics;
  private volatile boolean stopping;

  /**
   * @param publisher what the gateway hands events to
   * @param more what else must work before the gateway is ready
   */
  public HealthRoutes(
      GatewayConfiguration configuration,
      Optional<LedgerDatabase> database,
      EventPublisher publisher,
      List<HealthCheck> more,
      GatewayMetrics metrics) {
    this.checks = new Checks(configuration.pubsub(), database, more);
    this.publisher = publisher;
    this.report = new HealthReport(configuration, metrics);
    this.metrics = metrics;
  }

  @Override
  public void addTo(ServerBuilder server) {
    server.serverListener(ServerListener.builder().whenStopping(s -> stopping = true).build());
    server
        .route()
        .get("/livez")
        .build((context, request) -> json(Json.mapper().createObjectNode().put("status", "ok")));
    server
        .route()
        .get("/readyz")
        .build(
            (context, request) -> {
              List<String> excluded = context.queryParams().getAll("exclude");
              return HttpResponse.of(
                  checks.findings().thenApply(findings -> readiness(findings, excluded)));
            });
    server
        .route()
        .get("/health")
        .build(
            (context, request) ->
                HttpResponse.of(
                    checks.findings().thenApply(findings -> json(report.write(findings)))));
    server
        .route()
        .get("/metrics")
        .build(
            (context, request) ->
                HttpResponse.of(
                    () ->
                        HttpResponse.of(
                            HttpStatus.OK, PROMETHEUS_TEXT, metrics.registry().scrape()),
                    context.blockingTaskExecutor()));
    ObjectNode document = OpenApiDocument.read();
    String yaml = OpenApiDocument.toYaml(document);
    server.route().get("/openapi.json").build((context, request) -> json(document));
    server
        .route()
        .get("/openapi.yaml")
        .build((context, request) -> HttpResponse.of(HttpStatus.OK, YAML, yaml));
  }

  /**
   * Ready is a gateway that can keep its promises: it takes events in while Pub/Sub is away as long
   * as its spool has room; what became of events needs the database.
   */
  private HttpResponse readiness(Map<String, Probe.Finding> findings, List<String> excluded) {
    List<Problem.Error> missing = new ArrayList<>();
    if (stopping) {
      missing.add(new Problem.Error("gateway", "stops"));
    }
    if (!excluded.contains(Checks.PUBSUB)) {
      publisher
          .problem()
          .ifPresent(problem -> missing.add(new Problem.Error(Checks.PUBSUB, problem)));
    }
    findings.forEach(
        (name, finding) -> {
          boolean needed =
              !excluded.contains(name) && !(name.equals(Checks.PUBSUB) && publisher.canSpool());
          if (needed) {
            finding.problem().ifPresent(problem -> missing.add(new Problem.Error(name, problem)));
          }
        });
    if (missing.isEmpty()) {
      return json(Json.mapper().createObjectNode().put("status", "ready"));
    }
    return Problem.of(ProblemType.UNAVAILABLE, "Something that the gateway needs is away.")
        .withErrors(missing)
        .retryAfter(RETRY_AFTER)
        .toResponse();
  }

  private static HttpResponse json(ObjectNode body) {
    return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, Json.write(body));
  }

  @Override
  public void close() {
    checks.close();
  }
}
