package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static dev.tidegate.gateway.events.EventsGateway.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import dev.tidegate.gateway.publish.OutgoingEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlainEventsIT {
  @RegisterExtension static final EventsGateway GATEWAY = new EventsGateway(EventLimits.STANDARD);

  @ParameterizedTest
  @ValueSource(strings = {"gzip", "GZIP", "br", "identity, gzip", "x"})
  void anEncodingThatIsNotTakenIsToldWhichIs(String encoding) {
    for (String path : List.of("/events", "/events/batch")) {
      AggregatedHttpResponse refused =
          GATEWAY.post(path, Map.of("content-encoding", encoding), "{}");
      assertStatus(refused, 415);
      assertThat(refused.headers().get("accept-encoding")).isEqualTo("identity");
      assertThat(EventsGateway.json(refused).path("type").asText())
          .isEqualTo("urn:tidegate:problem:unsupported-content-encoding");
    }
    assertStatus(
        GATEWAY.post(
            "/events",
            Map.of("content-encoding", "Identity"),
            "{\"eventType\":\"a\",\"payload\":{}}"),
        202);
  }

  @Test
  void anEventIsPublishedAsThePayloadsOwnBytes() {
    String payload = "{ \"id\" : \"o-1\",\n \"total\": 10.50, \"who\":\"J\\u00fcrgen é 💶\" }";
    AggregatedHttpResponse response =
        GATEWAY.post("{\"eventType\":\"order.created\", \"payload\": " + payload + " }");
    assertStatus(response, 202);
    String eventId = json(response).path("eventId").asText();
    assertThat(json(response).path("success").asBoolean()).isTrue();
    assertThat(json(response).path("message").asText()).isNotBlank();
    assertThat(response.headers().get("location")).isEqualTo("/events/" + eventId);
    OutgoingEvent event = GATEWAY.publisher.only();
    assertThat(new String(event.body(), UTF_8)).isEqualTo(payload);
    assertThat(event.attributes())
        .containsEntry("event_type", "order.created")
        .containsEntry("source", "application")
        .containsEntry("tenant_id", "acme")
        .containsEntry("subject", "acme-service")
        .containsEntry("content_type", "application/json")
        .containsKeys("request_id", "received_at")
        .doesNotContainKeys("ce-time", "metadata", "signature_valid");
    assertThat(Instant.parse(event.attributes().get("received_at")))
        .isBetween(Instant.now().minus(Duration.ofMinutes(1)), Instant.now());
    assertThat(
            EventsGateway.TOKENS.of(
                "acme", "application", event.attributes().get("notification_id")))
        .isEqualTo(eventId);
  }

  @Test
  void whoseItIsIsTheCallersWhateverTheBodySays() {
    assertStatus(
        GATEWAY.post(
            """
            {"eventType":"a","payload":{"tenant_id":"globex","tenant":"globex","subject":"root"},
             "metadata":{"tenant_id":"globex","subject":"root"}}
            """),
        202);
    assertThat(GATEWAY.publisher.only().attributes())
        .containsEntry("tenant_id", "acme")
        .containsEntry("subject", "acme-service");
    assertMistakes(
        GATEWAY.post("{\"eventType\":\"a\",\"payload\":{},\"tenantId\":\"x\",\"tenant_id\":\"x\"}"),
        "/tenantId",
        "/tenant_id");
  }

  @Test
  void metadataIsKeptAndTellsWhenItHappened() {
    String metadata = "{ \"occurredAt\": \"2026-01-31T12:00:00.5+01:00\", \"by\": [1, \"x\"] }";
    assertStatus(
        GATEWAY.post("{\"eventType\":\"a\",\"payload\":{},\"metadata\":" + metadata + "}"), 202);
    assertThat(GATEWAY.publisher.only().attributes())
        .containsEntry("metadata", metadata)
        .containsEntry("ce-time", "2026-01-31T12:00:00.5+01:00");
    String fits = "{\"k\":\"" + "x".repeat(1_016) + "\"}";
    assertStatus(
        GATEWAY.post("{\"eventType\":\"a\",\"payload\":{},\"metadata\":" + fits + "}"), 202);
    assertMistakes(
        GATEWAY.post(
            "{\"eventType\":\"a\",\"payload\":{},\"metadata\":" + fits.replace("k", "kk") + "}"),
        "/metadata");
  }

  @Test
  void aTimeMustBeOneAndNotFarAhead() {
    String tomorrow = Instant.now().plus(Duration.ofHours(25)).toString();
    for (String time :
        new String[] {
          "\"yesterday\"", "\"2026-01-31T12:00:00\"", "12", "{}", "null", "\"" + tomorrow + "\""
        }) {
      assertMistakes(
          GATEWAY.post(
              "{\"eventType\":\"a\",\"payload\":{},\"metadata\":{\"occurredAt\":" + time + "}}"),
          "/metadata/occurredAt");
    }
  }

  @Test
  void everyMistakeIsTold() {
    assertMistakes(
        GATEWAY.post(
            """
            {"eventType":"","payload":[],"metadata":"m","idempotencyKey":"","extra~/name":1}
            """),
        "/eventType",
        "/payload",
        "/metadata",
        "/idempotencyKey",
        "/extra~0~1name");
    assertMistakes(GATEWAY.post("{}"), "/eventType", "/payload");
    assertMistakes(GATEWAY.post("[]"), "");
    assertMistakes(GATEWAY.post("null"), "");
    for (String type : new String[] {"1", "null", "\" \"", "\"a\\nb\"", quoted(101)}) {
      assertMistakes(GATEWAY.post("{\"eventType\":" + type + ",\"payload\":{}}"), "/eventType");
    }
    assertStatus(GATEWAY.post("{\"eventType\":" + quoted(100) + ",\"payload\":{}}"), 202);
  }

  @Test
  void mistakesBeyondTwentyAreNotTold() {
    String members =
        IntStream.range(0, 500)
            .mapToObj(i -> "\"x%d\":1".formatted(i))
            .collect(Collectors.joining(","));
    AggregatedHttpResponse response = GATEWAY.post("{" + members + "}");
    assertStatus(response, 422);
    assertThat(EventsGateway.pointers(json(response))).hasSize(20);
  }

  @Test
  void contentTypesAndEncodingsAreChecked() {
    String event = "{\"eventType\":\"a\",\"payload\":{}}";
    for (String type :
        new String[] {
          "",
          "text/plain",
          "text/json",
          "application/xml",
          "application/vnd.api+json",
          "application/json; charset=utf-16",
          "application/cloudevents+avro",
          "nonsense"
        }) {
      AggregatedHttpResponse response =
          GATEWAY.post("/events", Map.of("content-type", type), event);
      assertStatus(response, 415);
      assertThat(json(response).path("detail").asText()).contains("Send ");
    }
    assertStatus(
        GATEWAY.post("/events", Map.of("content-type", "application/json; charset=UTF-8"), event),
        202);
    assertStatus(GATEWAY.post("/events", Map.of("content-encoding", "gzip"), event), 415);
    assertStatus(GATEWAY.post("/events", Map.of("content-encoding", "identity"), event), 202);
  }

  @Test
  void whoIsNotKnownIsToldSoFirst() {
    AggregatedHttpResponse response =
        GATEWAY.post("/events", Map.of("x-api-key", "nobody"), "x".repeat(2 << 20));
    assertStatus(response, 401);
    assertThat(response.headers().get("www-authenticate")).isEqualTo("Bearer");
    assertStatus(GATEWAY.post("/events/batch", Map.of("x-api-key", ""), "[]"), 401);
    assertThat(GATEWAY.publisher.published()).isEmpty();
  }

  @Test
  void whatTheGatewayCannotPublishIsNoMistakeOfTheSender() {
    GATEWAY.publisher.beAwayFor(event -> true);
    AggregatedHttpResponse response = GATEWAY.post("{\"eventType\":\"a\",\"payload\":{}}");
    assertStatus(response, 503);
    assertThat(response.headers().get("retry-after")).isEqualTo("7");
  }

  @Test
  void theRequestsTraceIdAndUserAgentGoOn() {
    String event = "{\"eventType\":\"a\",\"payload\":{}}";
    AggregatedHttpResponse response =
        GATEWAY.post(
            "/events",
            Map.of(
                "traceparent",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "user-agent",
                "u".repeat(2_000),
                "x-request-id",
                "shop-17"),
            event);
    assertThat(response.headers().get("x-request-id")).isEqualTo("shop-17");
    Map<String, String> attributes = GATEWAY.publisher.only().attributes();
    assertThat(attributes)
        .containsEntry("request_id", "shop-17")
        .containsEntry("user_agent", "u".repeat(1_024))
        .containsEntry("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    assertThat(
            json(GATEWAY.post("/events", Map.of("x-request-id", "shop-18"), "{}"))
                .path("requestId")
                .asText())
        .isEqualTo("shop-18");
  }

  private static String quoted(int length) {
    return '"' + "t".repeat(length) + '"';
  }
}
