package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static dev.tidegate.gateway.events.EventsGateway.json;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PayloadRulesIT {
  @RegisterExtension static final EventsGateway GATEWAY = new EventsGateway(EventLimits.STANDARD);

  @Test
  void tenLevelsAreTakenAndElevenAreNot() {
    assertStatus(post(nested(10)), 202);
    assertMistakes(post(nested(11)), "/payload" + "/a".repeat(10));
    assertMistakes(post(nested(1_000)), "/payload" + "/a".repeat(10));
    assertStatus(post("{\"a\":" + "[".repeat(9) + "]".repeat(9) + "}"), 202);
    assertMistakes(
        post("{\"a\":" + "[".repeat(10) + "]".repeat(10) + "}"), "/payload/a" + "/0".repeat(9));
  }

  @Test
  void whatIsEndlesslyDeepIsNotReadToItsEnd() {
    assertStatus(post("{\"a\":" + "[".repeat(900_000)), 400);
    assertStatus(GATEWAY.post("[".repeat(1_000_000)), 400);
  }

  @Test
  void nulAndHalfPairsAreFoundWhereTheyAre() {
    assertMistakes(
        post(
            """
            {"a":"x\\u0000","b":{"c":["ok","\\ud83d"]},"d":"\\udcb6\\ud83d","e":"\\ud83d\\udcb6"}
            """),
        "/payload/a",
        "/payload/b/c/1",
        "/payload/d");
    // A name that cannot be shown: its object is pointed at.
    assertMistakes(post("{\"a\":{\"x\\u0000\":1}}"), "/payload/a");
    assertStatus(post("{\"a\":\"raw \u0000\"}"), 400);
  }

  @Test
  void membersAreThereOnce() {
    assertMistakes(
        post("{\"a\":1,\"b\":{\"a\":1,\"c\":[{\"d\":1,\"d\":2}]},\"a\":2}"),
        "/payload/a",
        "/payload/b/c/0/d");
    assertMistakes(post("{\"a\":1,\"\\u0061\":2}"), "/payload/a");
    assertMistakes(GATEWAY.post("{\"eventType\":\"a\",\"payload\":{},\"payload\":{}}"), "/payload");
    assertStatus(post("{\"a\":1,\"b\":{\"a\":1},\"c\":[{\"a\":1},{\"a\":1}]}"), 202);
  }

  @Test
  void numbersBeyondBoundsAreFound() {
    assertMistakes(
        post(
            "{\"a\":1e999999999,\"b\":-1e-999999999,\"c\":1e99999999999999,\"d\":%s,\"e\":[1E1001]}"
                .formatted("9".repeat(1_001))),
        "/payload/a",
        "/payload/b",
        "/payload/c",
        "/payload/d",
        "/payload/e/0");
    assertStatus(
        post("{\"a\":1e400,\"b\":-0.0,\"c\":%s,\"d\":1E+5}".formatted("9".repeat(1_000))), 202);
    for (String notJson : new String[] {"NaN", "Infinity", "01", ".5", "+1", "0x1"}) {
      assertStatus(post("{\"a\":" + notJson + "}"), 400);
    }
  }

  @Test
  void whatIsNoJsonIsToldWhereAndNotQuoted() {
    AggregatedHttpResponse response = post("{\"a\": confidential}");
    assertStatus(response, 400);
    assertThat(json(response).path("detail").asText())
        .contains("line 1, column")
        .doesNotContain("confidential");
    for (String body : new String[] {"", " ", "{", "{}{}", "{\"a\":1,}", "{'a':1}", "{} x"}) {
      assertStatus(GATEWAY.post(body), body.isBlank() ? 422 : 400);
    }
  }

  @Test
  void onlyUtf8IsTaken() {
    byte[] latin = {'{', '"', (byte) 0xE9, '"', ':', '1', '}'};
    assertStatus(GATEWAY.post("/events", Map.of(), latin), 400);
    byte[] overlong = {'"', (byte) 0xC0, (byte) 0x80, '"'};
    assertStatus(GATEWAY.post("/events", Map.of(), overlong), 400);
    byte[] halfPair = {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'};
    assertStatus(GATEWAY.post("/events", Map.of(), halfPair), 400);
    String event = "{\"eventType\":\"a\",\"payload\":{}}";
    assertStatus(GATEWAY.post("/events", Map.of(), event.getBytes(UTF_16)), 400);
    assertStatus(GATEWAY.post("/events", Map.of(), ("\uFEFF" + event).getBytes(UTF_8)), 202);
    assertThat(new String(GATEWAY.publisher.only().body(), UTF_8)).isEqualTo("{}");
  }

  @Test
  void aLargePayloadArrivesWholeAndATooLargeOneIsNotReadToItsEnd() {
    String payload = "{\"text\":\"" + "é\\n".repeat(200_000) + "\"}";
    assertStatus(post(payload), 202);
    assertThat(new String(GATEWAY.publisher.only().body(), UTF_8)).isEqualTo(payload);
    AggregatedHttpResponse response = post("{\"text\":\"" + "x".repeat(5 << 20) + "\"}");
    assertStatus(response, 413);
    assertThat(json(response).path("detail").asText()).contains("1048576");
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(GATEWAY.metrics.registry().scrape())
                    .contains("tidegate_events_rejected_total{reason=\"too_large\"} 1.0"));
  }

  private static AggregatedHttpResponse post(String payload) {
    return GATEWAY.post("{\"payload\":" + payload + ",\"eventType\":\"a\"}");
  }

  private static String nested(int levels) {
    return "{\"a\":".repeat(levels - 1) + "{}" + "}".repeat(levels - 1);
  }
}
