package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.CLOUD_EVENT;
import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static dev.tidegate.gateway.events.EventsGateway.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.schemas.Event;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Single CloudEvents of the structured mode, and what all modes share. */
class CloudEventsIT {
  private static final String TRACEPARENT =
      "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @RegisterExtension static final EventsGateway GATEWAY = new EventsGateway(EventLimits.STANDARD);

  @Test
  void aStructuredEventIsPublishedAsItsDatasOwnBytes() {
    String data = "{ \"total\": 1.50 }";
    AggregatedHttpResponse response =
        post(
            """
            {"specversion":"1.0","id":"A-1","source":"/shop/1","type":"order.created",
             "subject":"order/1","time":"2026-01-31T12:00:00Z","datacontenttype":"application/json",
             "dataschema":"https://schemas.example/order","traceparent":"%s","retries":3,
             "sampled":true,"nothing":null,"data":%s}
            """
                .formatted(TRACEPARENT, data));
    assertStatus(response, 202);
    OutgoingEvent event = GATEWAY.publisher.only();
    assertThat(new String(event.body(), UTF_8)).isEqualTo(data);
    assertThat(event.attributes())
        .containsEntry("event_type", "order.created")
        .containsEntry("source", "application")
        .containsEntry("tenant_id", "acme")
        .containsEntry("subject", "acme-service")
        .containsEntry("content_type", "application/json")
        .containsEntry("ce-specversion", "1.0")
        .containsEntry("ce-id", "A-1")
        .containsEntry("ce-source", "/shop/1")
        .containsEntry("ce-type", "order.created")
        .containsEntry("ce-subject", "order/1")
        .containsEntry("ce-time", "2026-01-31T12:00:00Z")
        .containsEntry("ce-dataschema", "https://schemas.example/order")
        .containsEntry("ce-traceparent", TRACEPARENT)
        .containsEntry("ce-retries", "3")
        .containsEntry("ce-sampled", "true")
        .doesNotContainKeys("ce-nothing", "ce-data");
    String notificationId = event.attributes().get("notification_id");
    assertThat(notificationId).matches("ce:[0-9a-f]{32}:A-1");
    assertThat(json(response).path("eventId").asText())
        .isEqualTo(EventsGateway.TOKENS.of("acme", "application", notificationId));
  }

  @Test
  void theSameIdOfAnotherSourceIsAnotherEvent() {
    String first = eventId(event("/shop/1", "1", "\"data\":{}"));
    assertThat(eventId(event("/shop/2", "1", "\"data\":{}"))).isNotEqualTo(first);
    assertThat(eventId(event("/shop/1", "2", "\"data\":{}"))).isNotEqualTo(first);
    assertThat(eventId(event("/shop/1", "1", "\"data\":{}"))).isEqualTo(first);
    assertStatus(post(event("/shop/1", "1", "\"data\":{\"other\":1}")), 409);
    // Source and ID are not merely put together.
    assertThat(eventId(event("a:b", "c", "\"data\":{}")))
        .isNotEqualTo(eventId(event("a", "b:c", "\"data\":{}")));
  }

  @Test
  void theLongestIdFits() {
    String longest = "i".repeat(164);
    assertStatus(post(event("/s", longest, "\"data\":{}")), 202);
    assertThat(Event.isName(GATEWAY.publisher.only().attributes().get("notification_id"))).isTrue();
    assertMistakes(post(event("/s", longest + "i", "\"data\":{}")), "/id");
  }

  @Test
  void encodedDataBecomesTheBytesItStandsFor() {
    String data = "{ \"a\" : \"é\" }";
    String encoded = Base64.getEncoder().encodeToString(data.getBytes(UTF_8));
    assertStatus(post(event("/s", "1", "\"data_base64\":\"" + encoded + "\"")), 202);
    assertThat(new String(GATEWAY.publisher.only().body(), UTF_8)).isEqualTo(data);
    for (String wrong :
        new String[] {
          "\"data_base64\":\"%%%\"",
          "\"data_base64\":\"" + Base64.getEncoder().encodeToString("[1]".getBytes(UTF_8)) + "\"",
          "\"data_base64\":\""
              + Base64.getEncoder().encodeToString("{\"a\"".getBytes(UTF_8))
              + "\"",
          "\"data_base64\":\"" + Base64.getEncoder().encodeToString(new byte[] {-1}) + "\"",
          "\"data_base64\":\""
              + Base64.getEncoder().encodeToString("{\"a\":1,\"a\":1}".getBytes(UTF_8))
              + "\"",
          "\"data_base64\":1",
          "\"data\":{},\"data_base64\":\"" + encoded + "\""
        }) {
      assertMistakes(post(event("/s", "1", wrong)), "/data_base64");
    }
  }

  @Test
  void anEventWithoutDataHasAnEmptyObject() {
    assertStatus(
        post("{\"specversion\":\"1.0\",\"id\":\"empty\",\"source\":\"/s\",\"type\":\"t\"}"), 202);
    assertThat(new String(GATEWAY.publisher.only().body(), UTF_8)).isEqualTo("{}");
  }

  @Test
  void everyMistakeIsTold() {
    assertMistakes(post("{}"), "/specversion", "/id", "/source", "/type");
    assertMistakes(
        post(
            """
            {"specversion":"0.3","id":1,"source":"not a URI","type":"","subject":"",
             "time":"today","datacontenttype":"text/plain","dataschema":"","Bad_Name":"x",
             "nested":{"a":1},"long":"%s","control":"a\\tb","data":"text"}
            """
                .formatted("x".repeat(1_025))),
        "/specversion",
        "/id",
        "/id",
        "/source",
        "/type",
        "/subject",
        "/time",
        "/datacontenttype",
        "/dataschema",
        "/Bad_Name",
        "/nested",
        "/long",
        "/control",
        "/data");
    assertMistakes(
        post(event("/s", "1", "\"data\":{\"a\":1,\"a\":\"\\u0000\"}")), "/data/a", "/data/a");
    assertMistakes(post(event("/s", "1", "\"data\":null")), "/data");
  }

  @Test
  void noAttributeOutranksTheGateways() {
    assertStatus(
        post(event("/s", "mine", "\"tenantid\":\"globex\",\"subject\":\"root\",\"data\":{}")), 202);
    assertThat(GATEWAY.publisher.only().attributes())
        .containsEntry("tenant_id", "acme")
        .containsEntry("subject", "acme-service")
        .containsEntry("source", "application");
    assertMistakes(post(event("/s", "1", "\"tenant_id\":\"globex\",\"data\":{}")), "/tenant_id");
  }

  @Test
  void anIdempotencyKeyHasNoPlace() {
    AggregatedHttpResponse response =
        GATEWAY.post(
            "/events",
            Map.of("content-type", CLOUD_EVENT, "idempotency-key", "k"),
            event("/s", "1", "\"data\":{}"));
    assertStatus(response, 400);
    assertThat(EventsGateway.pointers(json(response))).containsExactly("Idempotency-Key");
  }

  private static String eventId(String event) {
    AggregatedHttpResponse response = post(event);
    assertStatus(response, 202);
    return json(response).path("eventId").asText();
  }

  private static String event(String source, String id, String members) {
    return "{\"specversion\":\"1.0\",\"id\":\"%s\",\"source\":\"%s\",\"type\":\"t\",%s}"
        .formatted(id, source, members);
  }

  private static AggregatedHttpResponse post(String body) {
    return GATEWAY.post("/events", Map.of("content-type", CLOUD_EVENT), body);
  }
}
