package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.CLOUD_EVENT;
import static dev.tidegate.gateway.events.EventsGateway.CLOUD_EVENT_BATCH;
import static dev.tidegate.gateway.events.EventsGateway.JSON;
import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static dev.tidegate.gateway.events.EventsGateway.json;
import static dev.tidegate.gateway.events.EventsGateway.pointers;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BatchesIT {
  @RegisterExtension
  static final EventsGateway GATEWAY =
      new EventsGateway(new EventLimits(1 << 20, 10 << 20, 1_000_000, 1_000_000));

  private static final String GOOD =
      "{\"eventType\":\"a\",\"payload\":{},\"idempotencyKey\":\"k\"}";
  private static final String BAD = "{\"eventType\":\"a\",\"payload\":{\"x\":\"\\u0000\"}}";

  @Test
  void aBatchHasOneToAThousandEvents() {
    assertMistakes(post("[]"), "");
    assertMistakes(post("{\"events\":[]}"), "/events");
    assertAccepted(post(batchOf(1)), 1);
    GATEWAY.publisher.forget();
    assertAccepted(post(batchOf(1_000)), 1_000);
    GATEWAY.publisher.forget();
    assertMistakes(post(batchOf(1_001)), "");
    assertMistakes(post("{\"events\":" + batchOf(1_001) + "}"), "/events");
    assertThat(GATEWAY.publisher.published()).isEmpty();
  }

  @Test
  void aBatchIsAnArrayOrAnObjectAroundIt() {
    assertAccepted(post("{\"events\":[" + GOOD + "]}"), 1);
    assertMistakes(post("{\"events\":{}}"), "/events");
    assertMistakes(post("{\"events\":[" + GOOD + "],\"more\":1}"), "");
    assertMistakes(post("{\"event\":[]}"), "");
    assertMistakes(post("{}"), "");
    assertMistakes(post("7"), "");
    assertStatus(post("[" + GOOD + ",]"), 400);
    assertStatus(post("[" + GOOD + "] []"), 400);
    assertStatus(post("[" + GOOD), 400);
  }

  @Test
  void aBadEventHindersNoOther() {
    String deep =
        "{\"eventType\":\"a\",\"payload\":" + "{\"a\":".repeat(1_000) + "1" + "}".repeat(1_001);
    AggregatedHttpResponse response =
        post("[%s,%s,7,%s,[],null,{},%s]".formatted(GOOD, BAD, deep, GOOD));
    assertStatus(response, 207);
    JsonNode answer = json(response);
    assertThat(answer.path("success").asBoolean()).isFalse();
    assertThat(answer.path("accepted").asInt()).isEqualTo(2);
    assertThat(answer.path("refused").asInt()).isEqualTo(6);
    JsonNode results = answer.path("results");
    assertThat(results.findValuesAsText("index"))
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7");
    assertThat(results.get(0).path("eventId")).isEqualTo(results.get(7).path("eventId"));
    assertThat(results.get(0).path("success").asBoolean()).isTrue();
    assertRefused(results.get(1), "/1/payload/x");
    assertRefused(results.get(2), "/2");
    assertRefused(results.get(3), "/3/payload" + "/a".repeat(10));
    assertRefused(results.get(4), "/4");
    assertRefused(results.get(5), "/5");
    assertRefused(results.get(6), "/6/eventType", "/6/payload");
    assertThat(GATEWAY.publisher.published()).hasSize(2);
  }

  @Test
  void pointersLeadIntoTheWholeBody() {
    JsonNode results = json(post("{\"events\":[" + GOOD + "," + BAD + "]}")).path("results");
    assertRefused(results.get(1), "/events/1/payload/x");
  }

  @Test
  void eachEventIsPublishedAsItsPayloadsOwnBytes() {
    post("[" + GOOD + ", {\"payload\": { \"ü\" : 1.0 },\n\"eventType\":\"b\"}]");
    assertThat(GATEWAY.publisher.published())
        .extracting(event -> new String(event.body(), UTF_8))
        .containsExactly("{}", "{ \"ü\" : 1.0 }");
  }

  @Test
  void oneEventOfABatchIsBoundedAsASingleOneIs() {
    String large =
        "{\"eventType\":\"a\",\"payload\":{\"x\":\"%s\"}}".formatted("ü".repeat(600_000));
    AggregatedHttpResponse response = post("[" + GOOD + "," + large + "]");
    assertStatus(response, 207);
    assertRefused(json(response).path("results").get(1), "/1");
    assertStatus(post("[" + GOOD + " ".repeat(11 << 20) + "]"), 413);
  }

  @Test
  void whatCannotBePublishedMayBeSentAgain() {
    GATEWAY.publisher.beAwayFor(event -> event.attributes().get("event_type").equals("b"));
    AggregatedHttpResponse some =
        post("[" + GOOD + "," + GOOD.replace("\"a\"", "\"b\"").replace("\"k\"", "\"l\"") + "]");
    assertStatus(some, 207);
    assertThat(some.headers().get("retry-after")).isEqualTo("7");
    assertThat(json(some).path("results").get(1).path("problem").path("status").asInt())
        .isEqualTo(503);
    GATEWAY.publisher.beAwayFor(event -> true);
    AggregatedHttpResponse all = post("[" + GOOD + "," + GOOD + "]");
    assertStatus(all, 503);
    assertThat(all.headers().get("retry-after")).isEqualTo("7");
  }

  @Test
  void aHeaderIsNoKeyOfManyEvents() {
    AggregatedHttpResponse response =
        GATEWAY.post("/events/batch", Map.of("idempotency-key", "k"), "[" + GOOD + "]");
    assertStatus(response, 400);
    assertThat(pointers(json(response))).containsExactly("Idempotency-Key");
  }

  @Test
  void cloudEventsComeInBatchesToBothAddresses() {
    String good =
        "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data\":{}}";
    String bad = good.replace("\"1.0\"", "\"2.0\"");
    for (String path : new String[] {"/events", "/events/batch"}) {
      assertAccepted(post(path, CLOUD_EVENT_BATCH, "[" + good + "," + good + "]"), 2);
      AggregatedHttpResponse response = post(path, CLOUD_EVENT_BATCH, "[" + bad + "," + good + "]");
      assertStatus(response, 207);
      assertRefused(json(response).path("results").get(0), "/0/specversion");
      assertMistakes(post(path, CLOUD_EVENT_BATCH, "{\"events\":[]}"), "");
      // As large as a batch may be, at the address of single events as well.
      String wide = "[" + good + " ".repeat(2 << 20) + "]";
      assertAccepted(post(path, CLOUD_EVENT_BATCH, wide), 1);
      assertStatus(post(path, CLOUD_EVENT_BATCH, wide + " ".repeat(9 << 20)), 413);
    }
    assertStatus(post("/events/batch", CLOUD_EVENT, good), 415);
    assertStatus(
        GATEWAY.post("/events/batch", Map.of("ce-specversion", "1.0", "ce-id", "1"), "[{}]"), 415);
  }

  private static AggregatedHttpResponse post(String body) {
    return post("/events/batch", JSON, body);
  }

  private static AggregatedHttpResponse post(String path, String type, String body) {
    return GATEWAY.post(path, Map.of("content-type", type), body);
  }

  private static void assertAccepted(AggregatedHttpResponse response, int events) {
    assertStatus(response, 202);
    assertThat(json(response).path("success").asBoolean()).isTrue();
    assertThat(json(response).path("results")).hasSize(events);
  }

  private static void assertRefused(JsonNode result, String... pointers) {
    assertThat(result.path("success").asBoolean(true)).isFalse();
    assertThat(result.path("problem").path("status").asInt()).isEqualTo(422);
    assertThat(pointers(result.path("problem"))).containsExactly(pointers);
  }

  private static String batchOf(int events) {
    return IntStream.range(0, events)
        .mapToObj(i -> "{\"eventType\":\"a\",\"payload\":{\"id\":%d}}".formatted(i))
        .collect(Collectors.joining(",", "[", "]"));
  }
}
