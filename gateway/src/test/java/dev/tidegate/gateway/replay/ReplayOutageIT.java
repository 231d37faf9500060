package dev.tidegate.gateway.replay;

import static dev.tidegate.gateway.replay.ReplayClient.quickly;
import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.TestLedger.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.PubsubPublisher;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.testing.JavaProcess;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Replays through a real Pub/Sub that goes away, and of a process that is killed. */
@Proof(
    name = "replay-outage",
    promise = "A replay publishes every event, and takes no room in the spool",
    faults = "Pub/Sub away, kill -9 of the gateway in the middle")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ReplayOutageIT {
  private static final int LETTERS = ProofSize.of(100, 300);
  private static final Pattern PORT = Pattern.compile("port=(\\d+)\n");
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path folder;
  private TestDatabase database;
  private TestLedger ledger;

  @BeforeEach
  void create() throws SQLException {
    database = TestDatabase.create();
    ledger = TestLedger.in(database);
    ledger.letters("a", LETTERS);
  }

  private static PubsubConfiguration events(String endpoint) {
    return new PubsubConfiguration("local-dev", "events", Optional.of(endpoint));
  }

  private static String ask(String endpoint, String method, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create("http://" + endpoint + "/v1/projects/local-dev/" + path))
                .method(method, BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .build(),
            BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  private static void createTopic(String endpoint) throws IOException, InterruptedException {
    ask(endpoint, "PUT", "topics/events", "{}");
    ask(
        endpoint,
        "PUT",
        "subscriptions/all",
        "{\"topic\":\"projects/local-dev/topics/events\",\"ackDeadlineSeconds\":600}");
  }

  /** The notifications that are in the subscription. */
  private static Set<String> pull(String endpoint) throws IOException, InterruptedException {
    Set<String> found = new HashSet<>();
    String answer;
    do {
      answer =
          ask(
              endpoint,
              "POST",
              "subscriptions/all:pull",
              "{\"maxMessages\":1000,\"returnImmediately\":true}");
      Pattern.compile("\"notification_id\":\\s*\"([^\"]+)\"")
          .matcher(answer)
          .results()
          .forEach(match -> found.add(match.group(1)));
    } while (answer.contains("ackId"));
    return found;
  }

  @Test
  void aReplayLeavesTheSpoolToLiveEvents() throws Exception {
    ledger.execute("UPDATE event_dead_letters SET body = convert_to(repeat('x', 200000), 'UTF8')");
    EmbeddedPubsub pubsub = EmbeddedPubsub.start(folder.resolve("pubsub"), 0);
    int port = pubsub.port();
    createTopic(pubsub.endpoint());
    pubsub.close();
    GatewayMetrics metrics = new GatewayMetrics();
    try (EventPublisher publisher =
            PubsubPublisher.open(
                events("localhost:" + port),
                Optional.of(new SpoolConfiguration(folder.resolve("spool"), 10 << 20)),
                Optional.empty(),
                metrics);
        RunningReplays running = RunningReplays.start(ledger, publisher)) {
      String replay = running.client().start(A_OPERATOR, quickly(""));
      await().until(() -> running.client().show(replay).path("attempts").asInt() >= 2);
      JsonNode waiting = running.client().show(replay);
      assertThat(waiting.path("status").asText()).isEqualTo("RUNNING");
      assertThat(waiting.path("reason").asText()).isEqualTo("Pub/Sub is away: waiting");
      assertThat(metrics.registry().get("tidegate.spool.messages").gauge().value()).isZero();
      assertThat(metrics.registry().get("tidegate.spool.bytes").gauge().value()).isZero();
      OutgoingEvent live = new OutgoingEvent("{}".getBytes(), Map.of("notification_id", "live"));
      assertThat(publisher.publish(live).get(30, TimeUnit.SECONDS))
          .isInstanceOf(Acceptance.Spooled.class);

      try (EmbeddedPubsub back = EmbeddedPubsub.start(folder.resolve("pubsub"), port)) {
        JsonNode done = running.client().awaitCompleted(replay);
        assertThat(done.path("published").asInt()).isEqualTo(LETTERS);
        await().until(() -> metrics.registry().get("tidegate.spool.messages").gauge().value() == 0);
        Set<String> expected = new HashSet<>(ids(LETTERS));
        expected.add("live");
        assertThat(pull(back.endpoint())).isEqualTo(expected);
      }
    }
    ProofSize.count(LETTERS);
  }

  @Test
  void whatAKilledGatewayHadIsTakenOver() throws Exception {
    try (EmbeddedPubsub pubsub = EmbeddedPubsub.start(folder.resolve("pubsub"), 0)) {
      createTopic(pubsub.endpoint());
      String replay;
      try (JavaProcess killed = gateway(pubsub, "first")) {
        replay = client(killed).start(A_OPERATOR, "{\"eventsPerSecond\":50}");
        await().until(() -> Integer.parseInt(ledger.query("SELECT published FROM replays")) >= 25);
        killed.kill();
      }
      try (JavaProcess next = gateway(pubsub, "next")) {
        JsonNode done = client(next).awaitCompleted(replay);
        assertThat(done.path("published").asInt()).isEqualTo(LETTERS);
      }
      assertThat(pull(pubsub.endpoint())).isEqualTo(Set.copyOf(ids(LETTERS)));
    }
    ProofSize.count(LETTERS);
  }

  private JavaProcess gateway(EmbeddedPubsub pubsub, String name) {
    return JavaProcess.start(
        ReplayOutageIT.class,
        folder.resolve(name + ".log"),
        Map.of(),
        database.jdbcUrl(),
        pubsub.endpoint());
  }

  private static ReplayClient client(JavaProcess gateway) {
    return new ReplayClient(new TestClient(Integer.parseInt(gateway.awaitOutput(PORT).group(1))));
  }

  /** A gateway's replays in a process of its own, with a lease that is soon over. */
  public static void main(String[] arguments) {
    RunningReplays running =
        RunningReplays.start(
            arguments[0],
            PubsubPublisher.open(
                events(arguments[1]), Optional.empty(), Optional.empty(), new GatewayMetrics()),
            RunningReplays.timing(Duration.ofSeconds(5)));
    System.out.println("port=" + running.port());
    System.out.flush();
  }
}
