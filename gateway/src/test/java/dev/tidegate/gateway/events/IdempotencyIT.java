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
    assertThat(GATEWAY.publisher.only().attributes()).containsEntry("notification_id", "key-1");
    assertThat(eventId(Map.of("idempotency-key", "key-1"), event("{\"id\":\"2\"}", "")))
        .isEqualTo(first);
    assertThat(eventId(Map.of("idempotency-key", "\"key-1\""), plain)).isEqualTo(first);
    String inBody = event("{}", ",\"idempotencyKey\":\"key-1\"");
    assertThat(eventId(Map.of(), inBody)).isEqualTo(first);
    assertThat(eventId(Map.of("idempotency-key", "key-1"), inBody)).isEqualTo(first);
    assertThat(eventId(Map.of("idempotency-key", "key-2"), plain)).isNotEqualTo(first);
    assertMistakes(
        GATEWAY.post("/events", Map.of("idempotency-key", "key-2"), inBody), "/idempotencyKey");
  }

  @Test
  void aPayloadsIdIsTheKeyWhereNoneIsGiven() {
    String first = eventId(Map.of(), event("{\"id\":\"7\"}", ""));
    assertThat(eventId(Map.of(), event("{\"other\":1,\"id\":7}", ""))).isEqualTo(first);
    assertThat(eventId(Map.of(), event("{\"id\":8}", ""))).isNotEqualTo(first);
    for (String none :
        new String[] {"{}", "{\"id\":null}", "{\"id\":\" \"}", "{\"id\":{\"id\":7}}"}) {
      assertThat(eventId(Map.of(), event(none, "")))
          .isNotEqualTo(eventId(Map.of(), event(none, "")));
    }
  }

  @Test
  void aKeyThatDoesNotFitIsHashed() {
    for (String id : new String[] {"i".repeat(10_000), "a\\nb"}) {
      String event = event("{\"id\":\"" + id + "\"}", "");
      assertThat(eventId(Map.of(), event)).isEqualTo(eventId(Map.of(), event));
    }
    assertThat(GATEWAY.publisher.published())
        .allMatch(event -> Event.isName(event.attributes().get("notification_id")));
  }

  @Test
  void typeAndIdAreNotMerelyPutTogether() {
    String one = "{\"eventType\":\"a:acme:b\",\"payload\":{\"id\":\"c\"}}";
    String other = "{\"eventType\":\"a\",\"payload\":{\"id\":\"b:acme:c\"}}";
    assertThat(eventId(Map.of(), one)).isNotEqualTo(eventId(Map.of(), other));
  }

  @Test
  void tenantsNeverMeet() {
    String event = event("{\"id\":\"1\"}", "");
    assertThat(eventId(Map.of("x-api-key", "globex"), event))
        .isNotEqualTo(eventId(Map.of(), event));
    Map<String, String> acme = Map.of("idempotency-key", "k");
    Map<String, String> globex = Map.of("idempotency-key", "k", "x-api-key", "globex");
    assertThat(eventId(globex, event)).isNotEqualTo(eventId(acme, event));
    // Not even where one takes the key that the other's event has by default.
    assertThat(eventId(Map.of("idempotency-key", "a:globex:1"), event))
        .isNotEqualTo(eventId(Map.of("x-api-key", "globex"), event));
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

  private static String eventId(Map<String, String> headers, String body) {
    AggregatedHttpResponse response = GATEWAY.post("/events", headers, body);
    assertStatus(response, 202);
    return json(response).path("eventId").asText();
  }

  private static String event(String payload, String more) {
    return "{\"eventType\":\"a\",\"payload\":" + payload + more + "}";
  }
}
