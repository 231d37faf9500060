package dev.tidegate.gateway.observe;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerListener;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.annotation.Blocking;
import com.linecorp.armeria.server.annotation.Get;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.http.StreamedBody;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.Json;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** {@code /health}, {@code /livez}, {@code /readyz}, {@code /metrics} and {@code /openapi.json}. */
public final class HealthRoutes implements Routes, AutoCloseable {
  private static final MediaType PROMETHEUS_TEXT =
      MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  private static final MediaType YAML = MediaType.parse("application/yaml; charset=utf-8");
  private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

  private final Checks checks;
  private final EventPublisher publisher;
  private final GatewayMetrics metrics;
  private final Optional<DatabaseGauges> effects;
  private final Instant startedAt = Instant.now();
  private final ObjectNode document = OpenApiDocument.read();
  private final String yaml = OpenApiDocument.yaml();
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
    this.metrics = metrics;
    this.effects = database.map(ledger -> new DatabaseGauges(ledger, metrics));
  }

  /** Makes {@code /readyz} fail from now on. */
  public void stopping() {
    stopping = true;
  }

  /** What does not work now, and why, by its name. */
  public CompletableFuture<Map<String, String>> problems() {
    return checks
        .findings()
        .thenApply(
            findings -> {
              Map<String, String> problems = new TreeMap<>();
              findings.forEach(
                  (name, finding) ->
                      finding.problem().ifPresent(problem -> problems.put(name, problem)));
              return problems;
            });
  }

  @Override
  public void addTo(ServerBuilder server) {
    server.serverListener(ServerListener.builder().whenStopping(s -> stopping()).build());
    server.annotatedService().decorator(StreamedBody::new).build(this);
  }

  /** Whether the process runs. */
  @Get("/livez")
  public HttpResponse live() {
    return json(Json.mapper().createObjectNode().put("status", "OK"));
  }

  /**
   * Whether the gateway can keep its promises: while Pub/Sub is away it takes events in, as long as
   * its spool keeps them; what became of events needs the database.
   */
  @Get("/readyz")
  public CompletableFuture<HttpResponse> ready(ServiceRequestContext context) {
    // Not by injection: that would read a form's body as well, and fail on one that is broken.
    List<String> excluded = context.queryParams().getAll("exclude");
    return checks.findings().thenApply(findings -> readiness(findings, excluded));
  }

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
              checks.isNeeded(name)
                  && !excluded.contains(name)
                  && !(name.equals(Checks.PUBSUB) && publisher.canSpool());
          if (needed) {
            finding.problem().ifPresent(problem -> missing.add(new Problem.Error(name, problem)));
          }
        });
    if (missing.isEmpty()) {
      return json(Json.mapper().createObjectNode().put("status", "READY"));
    }
    return Problem.of(ProblemType.UNAVAILABLE, "Something that the gateway needs does not work.")
        .withErrors(missing)
        .retryAfter(RETRY_AFTER)
        .toResponse();
  }

  /** What works, and what was done, for people: everyone who reaches the gateway sees it. */
  @Get("/health")
  public CompletableFuture<HttpResponse> health() {
    return checks.findings().thenApply(findings -> json(report(findings)));
  }

  private ObjectNode report(Map<String, Probe.Finding> findings) {
    ObjectNode report = Json.mapper().createObjectNode();
    boolean allWork = findings.values().stream().allMatch(Probe.Finding::works);
    report.put("status", allWork ? "OK" : "DEGRADED");
    report.put("startedAt", startedAt.toString());
    report.put("uptimeSeconds", Duration.between(startedAt, Instant.now()).toMillis() / 1000.0);
    ObjectNode asked = report.putObject("checks");
    findings.forEach(
        (name, finding) -> {
          ObjectNode check = asked.putObject(name).put("works", finding.works());
          finding.problem().ifPresent(problem -> check.put("problem", problem));
          check.put("checkedAt", finding.at().toString());
        });
    ObjectNode events = report.putObject("events");
    count("tidegate.events.accepted", "source", events.putObject("accepted"));
    count("tidegate.events.rejected", "reason", events.putObject("rejected"));
    return report;
  }

  private void count(String meter, String tag, ObjectNode counts) {
    for (Counter counter : metrics.registry().find(meter).counters()) {
      counts.put(counter.getId().getTag(tag), (long) counter.count());
    }
  }

  /** All meters, in Prometheus' text format. */
  @Get("/metrics")
  @Blocking
  public HttpResponse metrics() {
    effects.ifPresent(DatabaseGauges::refresh);
    return HttpResponse.of(HttpStatus.OK, PROMETHEUS_TEXT, metrics.registry().scrape());
  }

  /** The API's description. */
  @Get("/openapi.json")
  public HttpResponse openApi() {
    return json(document);
  }

  /** The same for people. */
  @Get("/openapi.yaml")
  public HttpResponse openApiYaml() {
    return HttpResponse.of(HttpStatus.OK, YAML, yaml);
  }

  private static HttpResponse json(ObjectNode body) {
    return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, Json.write(body));
  }

  @Override
  public void close() {
    checks.close();
  }
}
