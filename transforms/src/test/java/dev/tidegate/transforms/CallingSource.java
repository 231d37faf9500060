package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.transforms.handlers.RetryableException;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntUnaryOperator;

/** A source whose handler asks a server on this machine, and that server. */
final class CallingSource implements AutoCloseable {
  private static final String TYPE = "parcel.sent";
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger calls = new AtomicInteger();
  private final HttpServer server;

  /** What the server answers to the n-th call, from 1 on: a status; 0 for no answer in time. */
  volatile IntUnaryOperator status;

  CallingSource(IntUnaryOperator status) {
    this.status = status;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          int answer = this.status.applyAsInt(calls.incrementAndGet());
          if (answer != 0) {
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
          }
        });
    server.start();
  }

  int calls() {
    return calls.get();
  }

  EventSources sources() {
    return EventSources.of(
        List.of(
            new ApplicationEvents(
                "carrier",
                Map.of(TYPE, new AskingHandler(server.getAddress().getPort())),
                List.of())));
  }

  static RawEvent event(String id) {
    return RawEvent.builder()
        .tenantId("default")
        .source("carrier")
        .notificationId(id)
        .eventType(TYPE)
        .typeFromAttribute(true)
        .messageId("message-" + id)
        .publishTime(Instant.parse("2026-01-31T12:00:00Z"))
        .attributes(Map.of("notification_id", id, "event_type", TYPE, "source", "carrier"))
        .body("{\"secret\": \"s3cret\"}".getBytes(UTF_8))
        .build();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private record AskingHandler(int port) implements EventHandler {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @Override
    public HandlerOutput handle(Event event) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://localhost:%d/".formatted(port)))
              .timeout(TIMEOUT)
              .build();
      int answer;
      try {
        answer = CLIENT.send(request, BodyHandlers.discarding()).statusCode();
      } catch (IOException away) {
        throw new RetryableException("the carrier does not answer", away);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        throw new RetryableException("interrupted", stopped);
      }
      if (answer >= 500) {
        throw new RetryableException("the carrier answered " + answer);
      }
      if (answer >= 400) {
        throw PermanentFailureException.invalid("the carrier does not know the parcel");
      }
      return HandlerOutput.of();
    }
  }
}
