package dev.tidegate.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.pubsub.Backlog;
import dev.tidegate.schemas.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers what only the running process knows: the pipeline's state and counters, what does not
 * work now, and how much waits in the embedded Pub/Sub. {@code GET /status}, JSON.
 */
final class PipelineStatus implements Routes {
  private final Instant startedAt = Instant.now();
  private final PipelineSupervisor pipeline;
  private final Supplier<Map<String, Long>> counters;
  private final SystemHealth health;
  private final Supplier<Optional<Backlog>> backlog;

  PipelineStatus(
      PipelineSupervisor pipeline,
      Supplier<Map<String, Long>> counters,
      SystemHealth health,
      Supplier<Optional<Backlog>> backlog) {
    this.pipeline = pipeline;
    this.counters = counters;
    this.health = health;
    this.backlog = backlog;
  }

  @Override
  public void addTo(ServerBuilder server) {
    server
        .route()
        .get("/status")
        .build((context, request) -> HttpResponse.of(this::answer, context.blockingTaskExecutor()));
  }

  private HttpResponse answer() {
    ObjectNode status = Json.mapper().createObjectNode();
    status.put("state", pipeline.state());
    ObjectNode problems = status.putObject("problems");
    health.problems().forEach(problems::put);
    status.put("started_at", startedAt.toString());
    status.put("uptime_seconds", secondsSince(startedAt));
    ObjectNode counted = status.putObject("counters");
    counters.get().forEach(counted::put);
    Optional<Backlog> waits = backlog.get();
    if (waits.isPresent()) {
      ObjectNode waiting = status.putObject("backlog");
      waiting.put("undelivered", waits.get().undelivered());
      waiting.put("outstanding", waits.get().outstanding());
      waits
          .get()
          .oldestPublishTime()
          .ifPresent(oldest -> waiting.put("oldest_unacked_seconds", secondsSince(oldest)));
    } else {
      status.putNull("backlog");
    }
    return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, Json.write(status));
  }

  private static double secondsSince(Instant time) {
    return Duration.between(time, Instant.now()).toMillis() / 1000.0;
  }
}
