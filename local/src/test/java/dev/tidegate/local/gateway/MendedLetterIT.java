package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.gateway.api.ApiRoutes;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.replay.ReplayRoutes;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.local.ReachableSystem;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SharedSystem;
import dev.tidegate.schemas.MessageStamp;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The operations API against a whole running system: what it replays, the pipeline takes. */
public class MendedLetterIT {
  private static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static RunningSystem running;
  private static ReachableSystem system;
  private static LedgerDatabase database;
  private static ReplayRoutes replays;
  private static GatewayServer server;

  @BeforeAll
  static void start() throws Exception {
    running = SharedSystem.get().description();
    system = new ReachableSystem(running);
    database =
        LedgerDatabase.open(
            new DatabaseConfiguration(
                running.jdbcUrl(), running.jdbcUsername(), Optional.empty(), 2));
    Authenticator everybodyOperates =
        headers ->
            CompletableFuture.completedFuture(
                new Caller("default", Optional.of("olga"), Set.of(Role.OPERATOR), Set.of()));
    // As every gateway of the system would: the pipeline believes no replay without a stamp.
    MessageStamp stamp =
        MessageStamp.of(DevelopmentSecrets.in(SharedSystem.dataFolder()).stampKey().text());
    replays =
        new ReplayRoutes(
            everybodyOperates,
            Optional.of(database),
            Optional.of(database),
            new OverRest(system, stamp),
            TOKENS);
    server =
        GatewayServer.start(
            "localhost",
            0,
            List.of(replays, new ApiRoutes(everybodyOperates, Optional.of(database), TOKENS)));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
      replays.close();
      database.close();
    }
  }

  @Test
  void aMendedLetterIsReplayedThroughTheApi() throws Exception {
    failsUntilMended("one");
    String id = TOKENS.of("default", "terminal49", "one");

    assertThat(call("POST", "/admin/events/" + id + "/replay", null)).contains("\"messages\":1");

    awaitReplayed("one");
    assertThat(call("GET", "/events/" + id, null)).contains("\"status\":\"PROCESSED\"");
    assertThat(call("GET", "/admin/events/" + id, null))
        .contains("\"table\":\"containers\"", "\"t49_container_id\":\"one\"");
  }

  @Test
  void aReplayOfAllLettersIsTakenToo() throws Exception {
    failsUntilMended("two");

    assertThat(
            call(
                "POST",
                "/admin/replays",
                "{\"reason\":\"mended\",\"filter\":{\"errorClasses\":[\"DATABASE_REJECTED\"]}}"))
        .contains("\"status\":\"RUNNING\"");

    awaitReplayed("two");
  }

  private static void failsUntilMended(String id) throws Exception {
    execute("ALTER TABLE containers ADD CONSTRAINT no_poison CHECK (number <> 'POISON') NOT VALID");
    system.publish(
        """
        {"data":{"id":"%1$s","type":"webhook_notification","attributes":{"event":
         "container.created","created_at":"2026-01-31T10:00:00Z"}},"included":[{"id":"%1$s",
         "type":"container","attributes":{"number":"POISON"}}]}
        """
            .formatted(id)
            .getBytes(UTF_8),
        Map.of());
    await().untilAsserted(() -> assertThat(letterOf(id)).containsExactly("OPEN"));
    execute("ALTER TABLE containers DROP CONSTRAINT no_poison");
  }

  private static void awaitReplayed(String id) {
    await().untilAsserted(() -> assertThat(letterOf(id)).containsExactly("REPLAYED"));
  }

  private static List<String> letterOf(String id) throws SQLException {
    return system.sql(
        "SELECT status FROM event_dead_letters WHERE notification_id = '%s'".formatted(id));
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(running.jdbcUrl(), running.jdbcUsername(), null);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String call(String method, String path, String body)
      throws IOException, InterruptedException {
    return HTTP.send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + server.port() + path))
                .header("Content-Type", "application/json")
                .method(
                    method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** Publishes over Pub/Sub's own protocol, a message at a time. */
  private record OverRest(ReachableSystem pubsub, MessageStamp stamp) implements EventPublisher {
    @Override
    public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
      try {
        return CompletableFuture.completedFuture(
            new Acceptance.Published(
                pubsub.publish(event.body(), stamp.stamped(event.attributes(), event.body()))));
      } catch (IOException | InterruptedException failure) {
        return CompletableFuture.failedFuture(failure);
      }
    }

    @Override
    public CompletableFuture<String> publishNow(OutgoingEvent event) {
      return publish(event).thenApply(taken -> ((Acceptance.Published) taken).messageId());
    }

    @Override
    public void close() {}
  }
}
