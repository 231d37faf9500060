package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.PostgresServer;
import dev.tidegate.testing.TestDatabase;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * The whole system while a table refuses everything, and while its database is away for longer than
 * the sink's own retries last.
 */
class DatabaseOutageIT {
  private static final int EVENTS = 200;
  private static final Duration SOON = Duration.ofSeconds(45);

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
    PostgresServer server = PostgresServer.start(folder.resolve("postgres"));
    TestDatabase database = server.createEmptyDatabase();
    LocalOptions options =
        SharedSystem.optionsOn(
            folder.resolve("data"),
            Optional.of(new LocalOptions.Database(database.jdbcUrl(), TestDatabase.USERNAME)));
    try (LocalSystem running = LocalSystem.start(options, step -> {})) {
      ReachableSystem system = new ReachableSystem(running.description());
      publish(system, "before");
      awaitLedger(system, EVENTS);

      database.execute(
          "ALTER TABLE containers ADD CONSTRAINT strict CHECK (number IS NULL) NOT VALID");
      publish(system, "changed");
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          Json.parse(get(running, "/status"))
                              .path("problems")
                              .path("tables")
                              .asText())
                      .contains("The constraint strict of the table containers refuses every event")
                      .contains("CHECK ((number IS NULL))", "Mend the table"));
      database.execute("ALTER TABLE containers DROP CONSTRAINT strict");
      awaitLedger(system, 2 * EVENTS);

      server.stop();
      publish(system, "during");
      // The sink's own retries end: from then on it is the runner that repeats the bundle.
      await()
          .until(() -> List.copyOf(LOG.list).stream().anyMatch(DatabaseOutageIT::isAFailedBundle));
      server.startAgain();
      Instant back = Instant.now();

      publish(system, "after");
      awaitLedger(system, 4 * EVENTS);
      // Nothing waits for the deadline after which Pub/Sub delivers again by itself.
      assertThat(back).isAfter(Instant.now().minus(SOON));
      assertThat(system.sql("SELECT status, count(*) FROM events GROUP BY 1"))
          .containsExactly("PROCESSED|" + 4 * EVENTS);
      assertThat(system.sql("SELECT count(*) FROM containers"))
          .containsExactly(Integer.toString(4 * EVENTS));
      assertThat(system.sql("SELECT count(*) FROM event_dead_letters")).containsExactly("0");
      // Counters follow when their bundle has ended, while rows are written before.
      await()
          .untilAsserted(
              () -> {
                assertThat(counter(running, "sql_retries")).isGreaterThan(1);
                assertThat(counter(running, "sql_circuit_opened")).isPositive();
                assertThat(counter(running, "events_held")).isPositive();
              });
      // The pipeline counts as sound after two checkpoints.
      await()
          .untilAsserted(
              () -> assertThat(Json.parse(get(running, "/status")).path("problems")).isEmpty());
      assertThat(new String(get(running, "/metrics"), UTF_8))
          .containsPattern("tidegate_pipeline_events_read_total [1-9]");
    } finally {
      server.close();
    }
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
        .untilAsserted(
            () ->
                assertThat(system.sql("SELECT count(*) FROM events"))
                    .containsExactly(Integer.toString(events)));
  }

  private static long counter(LocalSystem running, String name) throws Exception {
    return Json.parse(get(running, "/status")).path("counters").path(name).asLong();
  }

  private static byte[] get(LocalSystem running, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(running.description().gatewayUrl() + path)).build(),
            HttpResponse.BodyHandlers.ofByteArray())
        .body();
  }
}
