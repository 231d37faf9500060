package dev.tidegate.gateway.api;

import static dev.tidegate.gateway.store.KnownCallers.A_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.A_USER;
import static dev.tidegate.gateway.store.KnownCallers.B_OPERATOR;
import static dev.tidegate.gateway.store.KnownCallers.NOBODY;
import static dev.tidegate.gateway.store.KnownCallers.PLATFORM;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PublishResponse;
import com.google.pubsub.v1.PublisherGrpc;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.PubsubPublisher;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestClient.Answer;
import dev.tidegate.gateway.store.TestLedger;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators see of the events that Pub/Sub refuses for good, and do about them. */
class RefusedEventsIT {
  private static final String PATH = "/admin/refused-events";

  @TempDir private Path folder;
  private final StrictPubsub pubsub = new StrictPubsub();
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final TestLedger ledger = TestLedger.create();
  private Server pubsubServer;
  private PubsubPublisher publisher;
  private LedgerDatabase database;
  private GatewayServer server;
  private TestClient client;

  @BeforeEach
  void start() throws Exception {
    pubsubServer = ServerBuilder.forPort(0).addService(pubsub).build().start();
    publisher =
        PubsubPublisher.open(
            new PubsubConfiguration(
                "local-dev", "events", Optional.of("localhost:" + pubsubServer.getPort())),
            Optional.of(new SpoolConfiguration(folder, 1 << 20)),
            Optional.empty(),
            metrics);
    database = ledger.open(4);
    server =
        GatewayServer.start(
            "localhost",
            0,
            List.of(
                new RefusedEventService(
                    new KnownCallers(),
                    Optional.of(database),
                    new EventToken(Secret.of("key of event IDs")),
                    publisher)));
    client = new TestClient(server.port());
    for (String tenant : List.of("a", "b", "a")) {
      publisher
          .publish(
              new OutgoingEvent(
                  "body".getBytes(UTF_8), Map.of("tenant_id", tenant, "notification_id", "n")))
          .join();
    }
  }

  @AfterEach
  void stop() {
    server.close();
    publisher.close();
    database.close();
    pubsubServer.shutdownNow();
  }

  @Test
  void operatorsSeeThoseOfTheirTenantPageByPage() {
    assertThat(client.get(NOBODY, PATH).status()).isEqualTo(401);
    assertThat(client.get(A_USER, PATH).status()).isEqualTo(403);
    assertThat(client.get(B_OPERATOR, PATH).json().path("items").findValuesAsText("tenant"))
        .containsExactly("b");
    assertThat(client.get(PLATFORM, PATH).json().path("items").findValuesAsText("tenant"))
        .containsExactly("a", "b", "a");
    Answer first = client.get(A_OPERATOR, PATH + "?limit=1");
    assertThat(first.json().path("items")).hasSize(1);
    assertThat(first.json().at("/items/0/notificationId").asText()).isEqualTo("n");
    assertThat(first.json().at("/items/0/bodyBytes").asInt()).isEqualTo(4);
    assertThat(first.json().at("/items/0/since").asText()).startsWith("20");
    Answer second =
        client.get(A_OPERATOR, PATH + "?limit=1&cursor=" + first.json().path("next").asText());
    assertThat(second.json().path("items").findValuesAsText("tenant")).containsExactly("a");
    assertThat(second.json().at("/items/0/id")).isNotEqualTo(first.json().at("/items/0/id"));
    assertThat(second.json().has("next")).isFalse();
    assertThat(client.get(A_OPERATOR, PATH + "?cursor=x").status()).isEqualTo(400);
  }

  @Test
  void oneIsPublishedAgainOncePubsubTakesIt() throws Exception {
    String path = PATH + "/" + firstIdOf(A_OPERATOR) + "/publish";
    assertThat(client.post(A_USER, path, null).status()).isEqualTo(403);
    assertThat(client.post(B_OPERATOR, path, null).status()).isEqualTo(404);
    assertThat(client.post(A_OPERATOR, PATH + "/x/publish", null).status()).isEqualTo(404);
    Answer still = client.post(A_OPERATOR, path, null);
    assertThat(still.status()).isEqualTo(409);
    assertThat(still.json().path("detail").asText()).contains("INVALID_ARGUMENT");
    assertThat(waiting()).isEqualTo(3);

    pubsub.takes = true;
    assertThat(client.post(A_OPERATOR, path, "{}").status()).isEqualTo(200);
    assertThat(pubsub.taken).hasSize(1);
    assertThat(waiting()).isEqualTo(2);
    assertThat(client.post(A_OPERATOR, path, null).status()).isEqualTo(404);
    assertThat(audit())
        .isEqualTo("a ann PUBLISH_REFUSED_EVENT REFUSED, a olga PUBLISH_REFUSED_EVENT DONE");
  }

  @Test
  void oneStaysIfPubsubIsAway() throws Exception {
    String path = PATH + "/" + firstIdOf(A_OPERATOR) + "/publish";
    pubsubServer.shutdownNow().awaitTermination();
    Answer away = client.post(A_OPERATOR, path, null);
    assertThat(away.status()).isEqualTo(503);
    assertThat(away.response().headers().firstValue("retry-after")).isPresent();
    assertThat(waiting()).isEqualTo(3);
    assertThat(audit()).isNull();
  }

  @Test
  void oneIsDiscarded() throws Exception {
    String path = PATH + "/" + firstIdOf(B_OPERATOR) + "/discard";
    assertThat(client.post(A_OPERATOR, path, null).status()).isEqualTo(404);
    assertThat(client.post(PLATFORM, path, null).status()).isEqualTo(200);
    assertThat(client.get(B_OPERATOR, PATH).json().path("items")).isEmpty();
    assertThat(waiting()).isEqualTo(2);
    assertThat(pubsub.taken).isEmpty();
    assertThat(audit()).isEqualTo("b paul DISCARD_REFUSED_EVENT DONE");
  }

  private String firstIdOf(String caller) {
    return client.get(caller, PATH).json().at("/items/0/id").asText();
  }

  private double waiting() {
    return metrics.registry().get("tidegate.spool.refused.messages").gauge().value();
  }

  private String audit() throws Exception {
    return ledger.query(
        """
        SELECT string_agg(concat_ws(' ', tenant_id, actor, action, outcome), ', '
          ORDER BY recorded_at)
        FROM audit_records
        """);
  }

  /** Takes no message until it is told to. */
  private static final class StrictPubsub extends PublisherGrpc.PublisherImplBase {
    private final Queue<String> taken = new ConcurrentLinkedQueue<>();
    private volatile boolean takes;

    @Override
    public void publish(PublishRequest request, StreamObserver<PublishResponse> answer) {
      if (!takes) {
        answer.onError(Status.INVALID_ARGUMENT.asRuntimeException());
        return;
      }
      request
          .getMessagesList()
          .forEach(message -> taken.add(message.getAttributesOrThrow("tenant_id")));
      answer.onNext(PublishResponse.newBuilder().addMessageIds("m").build());
      answer.onCompleted();
    }
  }
}
