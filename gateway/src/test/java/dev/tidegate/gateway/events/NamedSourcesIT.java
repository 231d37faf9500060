package dev.tidegate.gateway.events;

import static dev.tidegate.gateway.events.EventsGateway.CLOUD_EVENT;
import static dev.tidegate.gateway.events.EventsGateway.CLOUD_EVENT_BATCH;
import static dev.tidegate.gateway.events.EventsGateway.assertMistakes;
import static dev.tidegate.gateway.events.EventsGateway.assertStatus;
import static dev.tidegate.gateway.events.EventsGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.SourceFile;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Events for sources that their sender names, or that a CloudEvent's source means. */
class NamedSourcesIT {
  @RegisterExtension
  static final EventsGateway GATEWAY =
      new EventsGateway(
          EventLimits.STANDARD,
          Optional.empty(),
          List.of(
              source("shop", List.of(), "https://shop.example/eu/*", "body:/id", "body:/type"),
              source("legacy", List.of(), "urn:legacy", "header:X-Id", "header:X-Type"),
              source("globex-only", List.of("globex"), "urn:globex", "body:/id", "body:/type"),
              source("private", List.of(), "urn:private", "body:/id", "body:/type")));

  private static SourceFile source(
      String name, List<String> tenants, String cloudEvents, String id, String type) {
    return new SourceFile(
        name,
        tenants,
        List.of(cloudEvents),
        null,
        new SourceFile.Identity(Place.of(id), Place.of(type)));
  }

  @Test
  void aNamedSourceKnowsItsEventsAsThePipelineDoes() {
    AggregatedHttpResponse answer =
        GATEWAY.post(event("shop", "order.paid", "{\"id\":\"e-1\",\"type\":\"order.paid\"}"));
    assertStatus(answer, 202);
    assertThat(GATEWAY.publisher.only().attributes())
        .containsEntry("source", "shop")
        .containsEntry("notification_id", "e-1")
        .containsEntry("event_type", "order.paid")
        .containsEntry("tenant_id", "acme");
    assertThat(json(answer).path("eventId").asText())
        .isEqualTo(EventsGateway.TOKENS.of("acme", "shop", "e-1"));
    assertThat(GATEWAY.metrics.registry().counter("tidegate.events.accepted", "source", "shop"))
        .satisfies(counter -> assertThat(counter.count()).isPositive());
    // The same ID is the same event, and another's under another source.
    assertStatus(
        GATEWAY.post(
            event("shop", "order.paid", "{\"id\":\"e-1\",\"type\":\"order.paid\",\"n\":1}")),
        409);
  }

  @Test
  void whereTheBodyTellsIdAndTypeTheyMustBeThere() {
    assertMistakes(GATEWAY.post(event("shop", "order.paid", "{}")), "/id", "/type");
    assertMistakes(
        GATEWAY.post(event("shop", "order.paid", "{\"id\":7,\"type\":\"order.sent\"}")), "/type");
    assertThat(GATEWAY.publisher.published()).isEmpty();
  }

  @Test
  void whereHeadersTellThemTheRequestDoes() {
    assertStatus(GATEWAY.post(event("legacy", "order.paid", "{}")), 202);
    assertThat(GATEWAY.publisher.only().attributes())
        .containsEntry("source", "legacy")
        .containsEntry("event_type", "order.paid")
        .containsKey("notification_id");
  }

  @Test
  void aSourceThatTheCallerMayNotSendForIsForbidden() {
    // Built-in ones need the permission too.
    for (String source : List.of("private", "terminal49", "unknown")) {
      AggregatedHttpResponse answer =
          GATEWAY.post(event(source, "a", "{\"id\":\"e\",\"type\":\"a\"}"));
      assertStatus(answer, 403);
      assertThat(json(answer).path("detail").asText())
          .isEqualTo("Send a token or an API key whose sources name this event's source.");
    }
    assertStatus(GATEWAY.post(event("globex-only", "a", "{\"id\":\"e\",\"type\":\"a\"}")), 403);
    assertStatus(
        GATEWAY.post(
            "/events",
            Map.of("x-api-key", "globex"),
            event("globex-only", "a", "{\"id\":\"e\",\"type\":\"a\"}")),
        202);
    GATEWAY.publisher.forget();
    assertMistakes(GATEWAY.post("{\"eventType\":\"a\",\"source\":7,\"payload\":{}}"), "/source");
    assertStatus(GATEWAY.post(event("application", "a", "{}")), 202);
    assertThat(GATEWAY.publisher.only().attributes()).containsEntry("source", "application");
  }

  @Test
  void aCloudEventsSourceMayMeanADeclaredOne() {
    assertStatus(cloudEvent("https://shop.example/eu/7", "c-1"), 202);
    assertThat(GATEWAY.publisher.only().attributes())
        .containsEntry("source", "shop")
        .containsEntry("notification_id", "c-1")
        .containsEntry("ce-source", "https://shop.example/eu/7");
    GATEWAY.publisher.forget();
    assertStatus(cloudEvent("https://shop.example/us/7", "c-2"), 202);
    assertThat(GATEWAY.publisher.only().attributes()).containsEntry("source", "application");
    assertStatus(cloudEvent("urn:private", "c-3"), 403);
  }

  @Test
  void ofABatchEachEventHasItsOwnSource() {
    String batch =
        "[%s,%s]".formatted(body("https://shop.example/eu/", "b-1"), body("urn:private", "b-2"));
    AggregatedHttpResponse answer =
        GATEWAY.post("/events/batch", Map.of("content-type", CLOUD_EVENT_BATCH), batch);
    assertStatus(answer, 207);
    assertThat(json(answer).at("/results/1/problem/status").asInt()).isEqualTo(403);
    assertThat(GATEWAY.publisher.only().attributes()).containsEntry("notification_id", "b-1");
  }

  private static AggregatedHttpResponse cloudEvent(String source, String id) {
    return GATEWAY.post("/events", Map.of("content-type", CLOUD_EVENT), body(source, id));
  }

  private static String body(String source, String id) {
    return """
        {"specversion":"1.0","id":"x","source":"%s","type":"order.paid",\
        "data":{"id":"%s","type":"order.paid"}}"""
        .formatted(source, id);
  }

  private static String event(String source, String type, String payload) {
    return "{\"eventType\":\"%s\",\"source\":\"%s\",\"payload\":%s}"
        .formatted(type, source, payload);
  }
}
