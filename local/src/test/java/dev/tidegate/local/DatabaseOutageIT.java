package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The whole system while its database is away for longer than the sink's own retries last. */
class DatabaseOutageIT {
  private static final int EVENTS = 200;

  private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();

  @TempDir Path folder;

  @BeforeAll
  static void listen() {
    LOG.start();
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).addAppender(LOG);
  }

  @AfterAll
  static void stopListening() {
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).detachAppender(LOG);
  }

  private static boolean isAFailedBundle(ILoggingEvent event) {
    return event.getFormattedMessage().contains("from RUNNING to FAILED");
  }

  @Test
  void whatComesWhileTheDatabaseIsAwayIsWrittenWhenItIsBack() throws Exception {
    EmbeddedPostgres database = start(0);
    int port = database.getPort();
    try (LocalSystem running = LocalSystem.start(optionsOn(port), step -> {})) {
      ReachableSystem system = new ReachableSystem(running.description());
      publish(system, "before");
      awaitLedger(system, EVENTS);

      database.close();
      publish(system, "during");
      // The sink's own retries end: from then on it is the runner that repeats the bundle.
      await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> List.copyOf(LOG.list).stream().anyMatch(DatabaseOutageIT::isAFailedBundle));
      database = start(port);

      publish(system, "after");
      awaitLedger(system, 3 * EVENTS);
      assertThat(system.sql("SELECT status, count(*) FROM events GROUP BY 1"))
          .containsExactly("PROCESSED|" + 3 * EVENTS);
      assertThat(system.sql("SELECT count(*) FROM containers"))
          .containsExactly(Integer.toString(3 * EVENTS));
      assertThat(system.sql("SELECT count(*) FROM event_dead_letters")).containsExactly("0");
      assertThat(counter(running, "sql_retries")).isGreaterThan(1);
      assertThat(counter(running, "sql_circuit_opened")).isPositive();
    } finally {
      database.close();
    }
  }

  private EmbeddedPostgres start(int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(folder.resolve("postgres"))
        .setCleanDataDirectory(false)
        .setPort(port)
        .start();
  }

  private LocalOptions optionsOn(int databasePort) {
    return new LocalOptions(
        folder.resolve("data"),
        new LocalOptions.Ports(0, 0, 0),
        new LocalOptions.Pubsub(Optional.empty(), "local-dev", "events", "events-pipeline"),
        Optional.of(
            new LocalOptions.Database(
                "jdbc:postgresql://localhost:%d/postgres".formatted(databasePort), "postgres")),
        Optional.empty(),
        LocalOptions.Runner.FLINK);
  }

  private static void publish(ReachableSystem system, String phase) throws Exception {
    for (int i = 0; i < EVENTS; i++) {
      system.publish(
          """
          {"data":{"id":"%1$s-%2$d","type":"webhook_notification","attributes":{"event":
           "container.created","created_at":"2026-01-31T10:00:00Z"}},"included":[{"id":"%1$s-%2$d",
           "type":"container","attributes":{"number":"TEMU%2$07d"}}]}
          """
              .formatted(phase, i)
              .getBytes(UTF_8),
          Map.of());
    }
  }

  private static void awaitLedger(ReachableSystem system, int events) {
    await()
        .atMost(Duration.ofSeconds(120))
        .untilAsserted(
            () ->
                assertThat(system.sql("SELECT count(*) FROM events"))
                    .containsExactly(Integer.toString(events)));
  }

  private static long counter(LocalSystem running, String name) throws Exception {
    HttpResponse<byte[]> status =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(running.description().gatewayUrl() + "/status"))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    JsonNode counters = Json.parse(status.body()).path("counters");
    return counters.path(name).asLong();
  }
}
