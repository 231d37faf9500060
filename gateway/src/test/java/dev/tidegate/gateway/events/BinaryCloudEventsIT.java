package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import dev.tidegate.gateway.publish.OutgoingEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BinaryCloudEventsIT {
  @RegisterExtension static final EventsGateway GATEWAY = new EventsGateway(EventLimits.STANDARD);

  @Test
  void headersAreAttributesAndTheBodyIsTheData() {
    String data = " { \"a\" : 1.0 } ";
    assertStatus(
        post(
            Map.of(
                "content-type", "application/vnd.order+json; charset=utf-8",
                "ce-subject", "Euro%20%E2%82%AC%20%F0%9F%98%80",
                "ce-time", "2026-01-31T12:00:00Z",
                "ce-traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "traceparent", "00-11111111111111111111111111111111-2222222222222222-00",
                "ce-quoted", "\"a \\\"b\\\" %25\""),
            data),
        202);
    OutgoingEvent event = GATEWAY.publisher.only();
    assertThat(new String(event.body(), UTF_8)).isEqualTo(data);
    assertThat(event.attributes())
        .containsEntry("ce-subject", "Euro € 😀")
        .containsEntry("ce-time", "2026-01-31T12:00:00Z")
        .containsEntry("ce-quoted", "a \"b\" %")
        .containsEntry("ce-traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .containsEntry("ce-datacontenttype", "application/vnd.order+json; charset=utf-8")
        .containsEntry("content_type", "application/vnd.order+json; charset=utf-8")
        .doesNotContainKey("traceparent");
  }

  @Test
  void aTraceparentOfItsOwnThatIsNoneTakesNothingAway() {
    for (String none :
        List.of(
            "x",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")) {
      GATEWAY.publisher.forget();
      assertStatus(
          post(
              Map.of(
                  "ce-id",
                  "traced",
                  "ce-traceparent",
                  none,
                  "traceparent",
                  "00-11111111111111111111111111111111-2222222222222222-01"),
              "{}"),
          202);
      assertThat(GATEWAY.publisher.only().attributes().get("traceparent"))
          .isEqualTo("00-11111111111111111111111111111111-2222222222222222-01");
    }
  }

  @Test
  void theModeMakesNoOtherEvent() {
    post(Map.of("ce-id", "A-2"), "{}");
    GATEWAY.post(
        "/events",
        Map.of("content-type", EventsGateway.CLOUD_EVENT),
        "{\"specversion\":\"1.0\",\"id\":\"A-2\",\"source\":\"/shop/1\",\"type\":\"t\",\"data\":{}}");
    assertThat(GATEWAY.publisher.published())
        .extracting(event -> event.attributes().get("notification_id"))
        .hasSize(2)
        .containsOnly(GATEWAY.publisher.published().get(0).attributes().get("notification_id"));
  }

  @Test
  void anEventWithoutDataHasAnEmptyObject() {
    assertStatus(post(Map.of("content-type", "", "ce-id", "A-3"), ""), 202);
    assertThat(new String(GATEWAY.publisher.only().body(), UTF_8)).isEqualTo("{}");
  }

  @Test
  void everyMistakeIsTold() {
    assertMistakes(
        GATEWAY.post("/events", Map.of("ce-id", "1"), "[]"),
        "",
        "ce-specversion",
        "ce-source",
        "ce-type");
    assertMistakes(
        post(
            Map.of(
                "ce-subject", "%ZZ",
                "ce-time", "%C3%28",
                "ce-a_b", "x",
                "ce-open", "\"x",
                "ce-datacontenttype", "application/json"),
            "{\"a\":1,\"a\":2}"),
        "ce-subject",
        "ce-time",
        "ce-a_b",
        "ce-open",
        "ce-datacontenttype",
        "/a");
    assertStatus(post(Map.of(), "{"), 400);
    assertStatus(post(Map.of("content-type", "text/plain"), "{}"), 415);
    assertMistakes(post(Map.of(), "{} {}"), "");
  }

  private static AggregatedHttpResponse post(Map<String, String> headers, String body) {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "ce-specversion", "1.0", "ce-id", "A-1", "ce-source", "/shop/1", "ce-type", "t"));
    all.putAll(headers);
    return GATEWAY.post("/events", all, body);
  }
}
