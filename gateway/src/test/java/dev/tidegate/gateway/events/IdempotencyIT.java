package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static dev.tidegate.gateway.events.EventsGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import dev.tidegate.schemas.Event;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class IdempotencyIT {
  @RegisterExtension static final EventsGateway GATEWAY = new EventsGateway(EventLimits.STANDARD);

  @Test
  void theSameKeyIsTheSameEvent() {
    String plain = event("{\"id\":\"1\"}", "");
    String first = eventId(Map.of("idempotency-key", "key-1"), plain);
    assertThat(GATEWAY.publisher.only().attributes().get("notification_id"))
        .matches("key:[0-9a-f]{32}:key-1");
    assertThat(eventId(Map.of("idempotency-key", "\"key-1\""), plain)).isEqualTo(first);
    String inBody = event("{\"id\":\"1\"}", ",\"idempotencyKey\":\"key-1\"");
    assertThat(eventId(Map.of(), inBody)).isEqualTo(first);
    assertThat(eventId(Map.of("idempotency-key", "key-1"), inBody)).isEqualTo(first);
    assertThat(eventId(Map.of("idempotency-key", "key-2"), plain)).isNotEqualTo(first);
    assertMistakes(
        GATEWAY.post("/events", Map.of("idempotency-key", "key-2"), inBody), "/idempotencyKey");
  }

  @Test
  void anEntitysIdIsNoKey() {
    for (String payload :
        new String[] {
          "{\"id\":\"o-77\",\"state\":\"paid\"}", "{\"id\":\"o-77\",\"state\":\"shipped\"}", "{}"
        }) {
      assertThat(eventId(Map.of(), event(payload, "")))
          .isNotEqualTo(eventId(Map.of(), event(payload, "")));
    }
    assertThat(GATEWAY.publisher.published()).hasSize(6);
  }

  @Test
  void theSameKeyForAnotherBodyOrTypeIsAConflict() {
    Map<String, String> key = Map.of("idempotency-key", "conflicting");
    String first = eventId(key, event("{\"state\":\"paid\"}", ""));
    assertConflict(GATEWAY.post("/events", key, event("{\"state\":\"shipped\"}", "")));
    assertConflict(GATEWAY.post("/events", key, event("{ \"state\":\"paid\"}", "")));
    assertConflict(
        GATEWAY.post("/events", key, event("{\"state\":\"paid\"}", "").replace("\"a\"", "\"b\"")));
    assertThat(eventId(key, event("{\"state\":\"paid\"}", ""))).isEqualTo(first);
    assertThat(GATEWAY.publisher.published()).hasSize(2);
    assertThat(GATEWAY.metrics.registry().scrape())
        .contains("tidegate_events_rejected_total{reason=\"conflict\"} ");
  }

  @Test
  void withinABatchAConflictIsOneEventsOwn() {
    String one = event("{\"n\":1}", ",\"idempotencyKey\":\"in a batch\"");
    String other = event("{\"n\":2}", ",\"idempotencyKey\":\"in a batch\"");
    AggregatedHttpResponse response =
        GATEWAY.post("/events/batch", Map.of(), "[%s,%s,%s]".formatted(one, other, one));
    assertStatus(response, 207);
    assertThat(json(response).path("results").findValuesAsText("success"))
        .containsExactly("true", "false", "true");
    assertThat(json(response).at("/results/1/problem/type").asText())
        .isEqualTo("urn:tidegate:problem:conflict");
  }

  @Test
  void aKeyOfWhichNothingWasAcceptedIsFree() {
    Map<String, String> key = Map.of("idempotency-key", "refused");
    GATEWAY.publisher.beAwayFor(event -> true);
    assertStatus(GATEWAY.post("/events", key, event("{\"n\":1}", "")), 503);
    GATEWAY.publisher.beAwayFor(event -> false);
    assertStatus(GATEWAY.post("/events", key, event("{\"n\":2}", "")), 202);
  }

  @Test
  void aColleaguesKeyIsAnother() {
    String event = event("{}", "");
    Map<String, String> own = Map.of("idempotency-key", "shared");
    Map<String, String> colleagues = Map.of("idempotency-key", "shared", "x-api-key", "colleague");
    String first = eventId(own, event);
    assertThat(eventId(colleagues, event("{\"other\":1}", ""))).isNotEqualTo(first);
    assertThat(eventId(own, event)).isEqualTo(first);
    // Nor can the colleague write down the ID that the event has in the ledger.
    String ledgers = GATEWAY.publisher.published().get(0).attributes().get("notification_id");
    assertThat(eventId(Map.of("idempotency-key", ledgers, "x-api-key", "colleague"), event))
        .isNotEqualTo(first);
  }

  @Test
  void theLongestKeyFits() {
    String longest = "k".repeat(200);
    String event = event("{}", "");
    String first = eventId(Map.of("idempotency-key", longest), event);
    assertThat(eventId(Map.of("idempotency-key", longest), event)).isEqualTo(first);
    assertThat(eventId(Map.of("idempotency-key", "l".repeat(200)), event)).isNotEqualTo(first);
    assertThat(GATEWAY.publisher.published())
        .allMatch(sent -> Event.isName(sent.attributes().get("notification_id")));
  }

  @Test
  void tenantsNeverMeet() {
    String event = event("{\"id\":\"1\"}", "");
    assertThat(eventId(Map.of("x-api-key", "globex"), event))
        .isNotEqualTo(eventId(Map.of(), event));
    Map<String, String> acme = Map.of("idempotency-key", "k");
    Map<String, String> globex = Map.of("idempotency-key", "k", "x-api-key", "globex");
    assertThat(eventId(globex, event)).isNotEqualTo(eventId(acme, event));
  }

  @Test
  void keysAreNames() {
    String plain = event("{}", "");
    for (String key : new String[] {"k".repeat(201), "pubsub-message:1"}) {
      assertMistakes(
          GATEWAY.post("/events", Map.of("idempotency-key", key), plain), "Idempotency-Key");
      assertMistakes(
          GATEWAY.post(event("{}", ",\"idempotencyKey\":\"" + key + "\"")), "/idempotencyKey");
    }
    assertMistakes(GATEWAY.post(event("{}", ",\"idempotencyKey\":1")), "/idempotencyKey");
    assertStatus(GATEWAY.post("/events", Map.of("idempotency-key", "\"open"), plain), 400);
  }

  private static void assertConflict(AggregatedHttpResponse response) {
    assertStatus(response, 409);
    assertThat(json(response).path("type").asText()).isEqualTo("urn:tidegate:problem:conflict");
  }

  private static String eventId(Map<String, String> headers, String body) {
    AggregatedHttpResponse response = GATEWAY.post("/events", headers, body);
    assertStatus(response, 202);
    return json(response).path("eventId").asText();
  }

  private static String event(String payload, String more) {
    return "{\"eventType\":\"a\",\"payload\":" + payload + more + "}";
  }
}
