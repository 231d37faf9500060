package dev.tidegate.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.Server;
import dev.tidegate.local.pubsub.Backlog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * Answers what only the running process knows: the pipeline's state and counters, and how much
 * waits in the embedded Pub/Sub. {@code GET /status}, JSON.
 */
final class StatusServer implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final Server server;

  private StatusServer(Server server) {
    this.server = server;
  }

  static StatusServer start(int port, LocalPipeline pipeline, Supplier<Optional<Backlog>> backlog) {
    Instant startedAt = Instant.now();
    Server server =
        Server.builder()
            .http(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .blockingTaskExecutor(2)
            .gracefulShutdownTimeoutMillis(0, 500)
            .service(
                "/status",
                (context, request) ->
                    HttpResponse.of(
                        () -> answer(startedAt, pipeline, backlog.get()),
                        context.blockingTaskExecutor()))
            .build();
    try {
      server.start().join();
    } catch (CompletionException taken) {
      throw new LocalSystemException(
          "Port %d is taken. Free it, or choose another with --gateway-port".formatted(port),
          taken);
    }
    return new StatusServer(server);
  }

  private static HttpResponse answer(
      Instant startedAt, LocalPipeline pipeline, Optional<Backlog> backlog) {
    ObjectNode status = MAPPER.createObjectNode();
    status.put("state", pipeline.state().name());
    status.put("started_at", startedAt.toString());
    status.put("uptime_seconds", Duration.between(startedAt, Instant.now()).toMillis() / 1000.0);
    ObjectNode counters = status.putObject("counters");
    pipeline.counters().forEach(counters::put);
    if (backlog.isPresent()) {
      ObjectNode waiting = status.putObject("backlog");
      waiting.put("undelivered", backlog.get().undelivered());
      waiting.put("outstanding", backlog.get().outstanding());
      backlog
          .get()
          .oldestPublishTime()
          .ifPresent(
              oldest ->
                  waiting.put(
                      "oldest_unacked_seconds",
                      Duration.between(oldest, Instant.now()).toMillis() / 1000.0));
    } else {
      status.putNull("backlog");
    }
    try {
      return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, MAPPER.writeValueAsBytes(status));
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a tree can always be written", impossible);
    }
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
