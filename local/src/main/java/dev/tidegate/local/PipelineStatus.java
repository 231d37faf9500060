package dev.tidegate.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.local.pubsub.Backlog;
import dev.tidegate.schemas.Json;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Answers what only the running process knows: the pipeline's state and counters, the tables that
 * refuse everything, and how much waits in the embedded Pub/Sub. {@code GET /status}, JSON.
 */
final class PipelineStatus implements Routes {
  private final Instant startedAt = Instant.now();
  private final LocalPipeline pipeline;
  private final Supplier<Optional<Backlog>> backlog;

  PipelineStatus(LocalPipeline pipeline, Supplier<Optional<Backlog>> backlog) {
    this.pipeline = pipeline;
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
    status.put("state", pipeline.state().name());
    status.put("started_at", startedAt.toString());
    status.put("uptime_seconds", secondsSince(startedAt));
    ObjectNode counters = status.putObject("counters");
    pipeline.counters().forEach(counters::put);
    ArrayNode problems = status.putArray("problems");
    RefusalHistory.problems().forEach(problems::add);
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
