package dev.tidegate.pubsub;

import static dev.tidegate.testing.PubsubRestClient.PROJECT;
import static dev.tidegate.testing.PubsubRestClient.SUBSCRIPTION;
import static dev.tidegate.testing.PubsubRestClient.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.testing.PubsubRestClient;
import dev.tidegate.testing.PubsubRestClient.Pulled;
import dev.tidegate.testing.PubsubRestClient.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** REST as Beam's JSON client speaks it. */
class PubsubRestIT {
  @TempDir private static Path folder;
  private static EmbeddedPubsub server;
  private static PubsubRestClient client;

  @BeforeAll
  static void start() throws IOException {
    server = EmbeddedPubsub.start(folder, 0);
    client = new PubsubRestClient(server.endpoint());
  }

  @BeforeEach
  void startAfresh() {
    client.deleteEverything();
    client.createTopicAndSubscription();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void showsASubscription() {
    JsonNode subscription = PubsubRestClient.ok(client.get(SUBSCRIPTION));
    assertThat(subscription.get("name").asText()).isEqualTo(SUBSCRIPTION);
    assertThat(subscription.get("topic").asText()).isEqualTo(TOPIC);
    assertThat(subscription.get("ackDeadlineSeconds").asInt()).isEqualTo(60);
  }

  @Test
  void carriesBytesAttributesIdsAndTimes() {
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    Instant before = Instant.now().minusSeconds(1);
    // The standard alphabet, and the URL-safe one without padding, which Beam sends.
    String standard = Base64.getEncoder().encodeToString(bytes);
    String urlSafe = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    JsonNode published =
        PubsubRestClient.ok(
            client.post(
                TOPIC + ":publish",
                """
                {"messages": [
                  {"data": "%s", "attributes": {"tenant": "ä"}},
                  {"data": "%s", "messageId": "7", "publishTime": "2001-01-01T00:00:00Z"}]}
                """
                    .formatted(standard, urlSafe)));

    JsonNode received =
        PubsubRestClient.ok(client.post(SUBSCRIPTION + ":pull", "{\"maxMessages\": 10}"))
            .get("receivedMessages");
    assertThat(received).hasSize(2);
    for (int i = 0; i < 2; i++) {
      JsonNode message = received.get(i).get("message");
      assertThat(message.get("data").asText()).isEqualTo(standard);
      assertThat(message.get("messageId").asText())
          .isEqualTo(published.get("messageIds").get(i).asText());
      assertThat(Instant.parse(message.get("publishTime").asText()))
          .isBetween(before, Instant.now().plusSeconds(1));
    }
    assertThat(received.at("/0/message/attributes/tenant").asText()).isEqualTo("ä");
  }

  @Test
  void acknowledgesReturnsAndCounts() {
    client.publish("one", "two");
    assertThat(server.backlog(SUBSCRIPTION).undelivered()).isEqualTo(2);

    List<Pulled> first = client.pull(1);
    assertThat(first).extracting(Pulled::data).containsExactly("one");
    client.acknowledge(first);
    List<Pulled> second = client.pull(10);
    assertThat(second).extracting(Pulled::data).containsExactly("two");
    assertThat(client.pull(10)).isEmpty();
    assertThat(server.backlog(SUBSCRIPTION).outstanding()).isEqualTo(1);

    client.modifyAckDeadline(second, 0);
    List<Pulled> again = client.pull(10);
    assertThat(again).extracting(Pulled::data).containsExactly("two");
    assertThat(again.get(0).ackId()).isNotEqualTo(second.get(0).ackId());
    client.acknowledge(again);
    assertThat(server.backlog(SUBSCRIPTION).outstanding()).isZero();
    assertThat(server.backlog(SUBSCRIPTION).oldestPublishTime()).isEmpty();
  }

  @Test
  void deliversAgainAfterTheDeadline() {
    client.publish("late");
    List<Pulled> pulled = client.pull(1);
    client.modifyAckDeadline(pulled, 1);
    Instant start = Instant.now();
    await()
        .atMost(Duration.ofSeconds(5))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !client.pull(1).isEmpty());
    assertThat(Duration.between(start, Instant.now())).isGreaterThan(Duration.ofMillis(800));
  }

  @Test
  void neverHoldsAPullThatAsksForAnAnswerAtOnceAndCapsOthers() {
    Instant start = Instant.now();
    assertThat(client.pull(1000)).isEmpty();
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(1));

    String[] texts = new String[250];
    Arrays.fill(texts, "x");
    client.publish(texts);
    assertThat(client.pull(1000)).hasSize(LiveSubscription.MOST_PER_POLL);
  }

  @Test
  void aWaitingPullWakesWhenAMessageComes() {
    CompletableFuture<Duration> waited =
        CompletableFuture.supplyAsync(
            () -> {
              Reply reply = client.post(SUBSCRIPTION + ":pull", "{\"maxMessages\": 1}");
              assertThat(PubsubRestClient.ok(reply).get("receivedMessages")).hasSize(1);
              return Duration.ZERO;
            });
    // A second subscriber's message shows that the first one's pull does not block the server.
    client.pull(1);
    client.publish("wake up");
    assertThat(waited).succeedsWithin(Duration.ofSeconds(3));
  }

  @Test
  void answersAWaitingPullEmptyInTheEnd() {
    Instant start = Instant.now();
    JsonNode body =
        PubsubRestClient.ok(client.post(SUBSCRIPTION + ":pull", "{\"maxMessages\": 1}"));
    assertThat(body).isEmpty();
    assertThat(Duration.between(start, Instant.now()))
        .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(8));
  }

  @Test
  void takesGzippedRequests() throws IOException {
    assertThat(
            client.postGzipped(TOPIC + ":publish", "{\"messages\":[{\"data\":\"eA==\"}]}").code())
        .isEqualTo(200);
    assertThat(client.pull(1)).extracting(Pulled::data).containsExactly("x");
  }

  @Test
  void takesAMessageOfTheLargestSizeAndRefusesALarger() {
    String largest = "x".repeat(PublishLimits.REQUEST_BYTES - 1000);
    client.publish(largest);
    assertThat(client.pull(1).get(0).data()).isEqualTo(largest);
    String data = Base64.getEncoder().encodeToString(new byte[PublishLimits.REQUEST_BYTES]);
    assertError(
        client.post(TOPIC + ":publish", "{\"messages\":[{\"data\":\"" + data + "\"}]}"),
        400,
        "INVALID_ARGUMENT");
  }

  @Test
  void filtersAndForgetsWhatNobodyWants() {
    String filtered = PROJECT + "/subscriptions/filtered";
    PubsubRestClient.ok(
        client.send(
            "PUT",
            filtered,
            "{\"topic\":\"" + TOPIC + "\",\"filter\":\"attributes.tenant = \\\"acme\\\"\"}"));
    PubsubRestClient.ok(
        client.post(
            TOPIC + ":publish",
            """
            {"messages": [{"data": "eA==", "attributes": {"tenant": "acme"}},
                          {"data": "eA==", "attributes": {"tenant": "other"}}]}
            """));
    assertThat(server.backlog(filtered).undelivered()).isEqualTo(1);
    assertThat(server.backlog(SUBSCRIPTION).undelivered()).isEqualTo(2);
  }

  @Test
  void keepsWhatWaitsWhenATopicIsDeleted() {
    client.publish("still here");
    PubsubRestClient.ok(client.send("DELETE", TOPIC, ""));
    assertThat(client.get(TOPIC).code()).isEqualTo(404);
    assertThat(PubsubRestClient.ok(client.get(SUBSCRIPTION)).get("topic").asText())
        .isEqualTo("_deleted-topic_");
    assertThat(client.pull(1)).hasSize(1);
  }

  @Test
  void listsAndUpdates() {
    assertThat(PubsubRestClient.ok(client.get(PROJECT + "/topics")).at("/topics/0/name").asText())
        .isEqualTo(TOPIC);
    assertThat(
            PubsubRestClient.ok(client.get(PROJECT + "/subscriptions"))
                .at("/subscriptions/0/name")
                .asText())
        .isEqualTo(SUBSCRIPTION);
    assertThat(
            PubsubRestClient.ok(client.get(TOPIC + "/subscriptions"))
                .at("/subscriptions/0")
                .asText())
        .isEqualTo(SUBSCRIPTION);
    PubsubRestClient.ok(
        client.send(
            "PATCH",
            SUBSCRIPTION,
            """
            {"subscription": {"ackDeadlineSeconds": 30}, "updateMask": "ackDeadlineSeconds"}
            """));
    assertThat(PubsubRestClient.ok(client.get(SUBSCRIPTION)).get("ackDeadlineSeconds").asInt())
        .isEqualTo(30);
    assertError(
        client.send(
            "PATCH",
            SUBSCRIPTION,
            "{\"subscription\": {\"filter\": \"attributes:a\"}, \"updateMask\": \"filter\"}"),
        400,
        "INVALID_ARGUMENT");
  }

  @Test
  void failsAsTheServiceDoes() {
    String missing = PROJECT + "/subscriptions/missing";
    assertError(client.get(missing), 404, "NOT_FOUND");
    assertError(client.post(missing + ":pull", "{\"maxMessages\":1}"), 404, "NOT_FOUND");
    assertError(
        client.post(PROJECT + "/topics/missing:publish", "{\"messages\":[{\"data\":\"eA==\"}]}"),
        404,
        "NOT_FOUND");
    assertError(client.send("PUT", TOPIC, "{}"), 409, "ALREADY_EXISTS");
    assertError(client.send("PUT", PROJECT + "/topics/goog", "{}"), 400, "INVALID_ARGUMENT");
    assertError(client.post(TOPIC + ":publish", "{\"messages\":[{}]}"), 400, "INVALID_ARGUMENT");
    assertError(client.post(SUBSCRIPTION + ":pull", "{}"), 400, "INVALID_ARGUMENT");
    assertError(
        client.post(SUBSCRIPTION + ":acknowledge", "{\"ackIds\":[\"nonsense\"]}"),
        400,
        "INVALID_ARGUMENT");
    assertError(
        client.send("PUT", missing, "{\"topic\":\"" + TOPIC + "\",\"filter\":\"tenant = acme\"}"),
        400,
        "INVALID_ARGUMENT");
    assertError(client.get(PROJECT + "/schemas"), 501, "UNIMPLEMENTED");
    assertError(client.get(PROJECT + "/snapshots"), 501, "UNIMPLEMENTED");
    assertError(
        client.post(SUBSCRIPTION + ":seek", "{\"snapshot\":\"" + PROJECT + "/snapshots/one\"}"),
        501,
        "UNIMPLEMENTED");
    assertError(client.post(SUBSCRIPTION + ":seek", "{}"), 400, "INVALID_ARGUMENT");
    assertError(
        client.post(missing + ":seek", "{\"time\":\"2026-01-01T00:00:00Z\"}"), 404, "NOT_FOUND");
    assertError(client.get("no/such/path"), 404, "NOT_FOUND");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "nonsense",
        "[]",
        "{\"messages\":[{\"data\":\"*\"}]}",
        "{\"messages\":7}",
      })
  void malformedJsonIsABadRequest(String json) {
    assertError(client.post(TOPIC + ":publish", json), 400, "INVALID_ARGUMENT");
  }

  /** Each is an error of the service's, word for word. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"messages":[{"data":"eA==","unknown":1}]}             | Invalid JSON payload received. Unknown name "unknown" at 'messages[0]': Cannot find field.
          {"messages":[{"data":"eA=="}],"unknown":{"a":[1]}}     | Invalid JSON payload received. Unknown name "unknown": Cannot find field.
          {"messages":[{"attributes":{"a":"b","c":5}}]}          | Invalid value at 'messages[0].attributes[1].value' (TYPE_STRING), 5
          {"messages":[{"attributes":{"a":true}}]}               | Invalid value at 'messages[0].attributes[0].value' (TYPE_STRING), true
          {"messages":[{"data":"eA=="},{"data":7}]}              | Invalid value at 'messages[1].data' (TYPE_BYTES), 7
          {"messages":[{"data":"eA==","orderingKey":1.5}]}       | Invalid value at 'messages[0].ordering_key' (TYPE_STRING), 1.5
          """)
  void takesNoNumberForATextAndNoUnknownName(String json, String message) {
    Reply reply = client.post(TOPIC + ":publish", json);
    assertError(reply, 400, "INVALID_ARGUMENT");
    assertThat(reply.body().at("/error/message").asText()).isEqualTo(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "messageRetentionDuration":"599s"                                  | message_retention_duration
          "messageRetentionDuration":"2678401s"                              | message_retention_duration
          "expirationPolicy":{"ttl":"86399s"}                                | expiration_policy.ttl
          "deadLetterPolicy":{"deadLetterTopic":"%s","maxDeliveryAttempts":4}   | max_delivery_attempts
          "deadLetterPolicy":{"deadLetterTopic":"%s","maxDeliveryAttempts":101} | max_delivery_attempts
          "deadLetterPolicy":{}                                              | Invalid resource name
          "retryPolicy":{"minimumBackoff":"601s"}                            | minimum_backoff
          "retryPolicy":{"minimumBackoff":"9s","maximumBackoff":"8s"}        | maximum_backoff
          "ackDeadlineSeconds":9                                             | ack deadline
          "retainAcked":true                                                 | Unknown name "retainAcked"
          """)
  void keepsTheServicesLimitsOfSettings(String setting, String message) {
    Reply reply =
        client.send(
            "PUT",
            PROJECT + "/subscriptions/limits",
            "{\"topic\":\"%s\",%s}".formatted(TOPIC, setting.formatted(TOPIC)));
    assertError(reply, 400, "INVALID_ARGUMENT");
    assertThat(reply.body().at("/error/message").asText()).contains(message);
  }

  private static void assertError(Reply reply, int code, String status) {
    assertThat(reply.code()).as("%s", reply).isEqualTo(code);
    assertThat(reply.body().at("/error/code").asInt()).isEqualTo(code);
    assertThat(reply.body().at("/error/status").asText()).isEqualTo(status);
    assertThat(reply.body().at("/error/message").asText()).isNotBlank();
  }
}
