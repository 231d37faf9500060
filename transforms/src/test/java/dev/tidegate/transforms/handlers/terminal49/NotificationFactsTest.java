package dev.tidegate.transforms.handlers.terminal49;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The archive's columns say what a notification is about wherever that can be known. */
class NotificationFactsTest {
  private static final Path DEMO =
      Path.of("..", "local/src/main/resources/dev/tidegate/local/demo");

  static List<Path> demoNotifications() throws IOException {
    try (Stream<Path> files = Files.list(DEMO)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("demoNotifications")
  void nothingIsEmptyThatADemoNotificationHas(Path file) throws IOException {
    nothingIsEmptyThatTheBodyHas(Files.readString(file));
  }

  @Test
  void nothingIsEmptyThatAPublicExampleHas() throws IOException {
    for (Path file : SharedPayloads.files()) {
      nothingIsEmptyThatTheBodyHas(Files.readString(file));
    }
  }

  /**
   * Looks for whatever is named anywhere in the body, without asking who names it: what is named
   * just once, the event is about.
   */
  private static void nothingIsEmptyThatTheBodyHas(String body) {
    // After all of them: a notification's time counts only where it is not of the future.
    Instant receivedAt = Instant.parse("2099-01-01T00:00:00Z");
    RawEvent raw = Notification.raw(body).toBuilder().publishTime(receivedAt).build();
    EventFacts facts = NotificationFacts.of(raw);
    JsonNode payload;
    try {
      payload = raw.json();
    } catch (IOException notJson) {
      assertThat(facts).isEqualTo(EventFacts.NONE);
      return;
    }
    assertKnown(facts.shipmentId(), idsOf("shipment", payload));
    assertKnown(facts.containerId(), idsOf("container", payload));
    assertKnown(facts.trackingRequestId(), idsOf("tracking_request", payload));
    assertKnown(
        facts.containerNumber(),
        textsIn(payload, resource -> attributesOf("container", resource).path("number")));
    Set<String> billsOfLading =
        textsIn(
            payload, resource -> attributesOf("shipment", resource).path("bill_of_lading_number"));
    assertKnown(
        facts.billOfLading(),
        billsOfLading.isEmpty()
            ? textsIn(payload, NotificationFactsTest::requestedBillOfLading)
            : billsOfLading);
    if (payload.at("/data/attributes").has("created_at")) {
      assertThat(facts.timestamp()).isPresent();
    }
  }

  private static void assertKnown(Optional<String> fact, Set<String> named) {
    if (named.size() == 1) {
      assertThat(fact).contains(named.iterator().next());
    } else {
      // Of several it is one that the notification names, or none.
      assertThat(fact.map(named::contains).orElse(true)).isTrue();
    }
  }

  private static Set<String> idsOf(String type, JsonNode payload) {
    return textsIn(
        payload,
        node ->
            type.equals(node.path("type").asText())
                ? node.path("id")
                : node.path("nothing by this name"));
  }

  private static JsonNode attributesOf(String type, JsonNode resource) {
    return type.equals(resource.path("type").asText())
        ? resource.path("attributes")
        : resource.path("nothing by this name");
  }

  private static JsonNode requestedBillOfLading(JsonNode resource) {
    JsonNode request = attributesOf("tracking_request", resource);
    return request.path(
        request.path("request_type").asText().equals("bill_of_lading")
            ? "request_number"
            : "nothing by this name");
  }

  private static Set<String> textsIn(
      JsonNode payload, java.util.function.Function<JsonNode, JsonNode> reading) {
    Set<String> texts = new TreeSet<>();
    forEachObject(
        payload,
        object -> {
          JsonNode value = reading.apply(object);
          if (value.isTextual()) {
            texts.add(value.textValue());
          }
        });
    return texts;
  }

  private static void forEachObject(JsonNode node, Consumer<JsonNode> consumer) {
    if (node.isObject()) {
      consumer.accept(node);
    }
    node.forEach(child -> forEachObject(child, consumer));
  }

  @Test
  void aMilestoneIsAboutItsOwnContainerWhateverElseIsIncluded() {
    EventFacts facts =
        factsOf(
            Notification.of("container.transport.vessel_arrived")
                .about("transport_event", "e-1")
                .including(Fixtures.CONTAINER.replace("c-1", "c-2").replace("NBLU", "OTHR"))
                .including(Fixtures.SHIPMENT)
                .including(Fixtures.CONTAINER)
                .including(Fixtures.TRANSPORT_EVENT));

    assertThat(facts.containerId()).contains("c-1");
    assertThat(facts.containerNumber()).contains("NBLU2048175");
    assertThat(facts.shipmentId()).contains("s-1");
    assertThat(facts.billOfLading()).contains("NBLX26020011");
    assertThat(facts.timestamp()).contains(Instant.parse("2026-03-01T15:00:00Z"));
  }

  @Test
  void aRequestForSeveralContainersIsAboutNoneOfThem() {
    EventFacts facts =
        factsOf(
            Notification.of("tracking_request.succeeded")
                .about("tracking_request", "r-1")
                .including(Fixtures.TRACKING_REQUEST)
                .including(Fixtures.CONTAINER)
                .including(Fixtures.CONTAINER.replace("c-1", "c-2")));

    assertThat(facts.trackingRequestId()).contains("r-1");
    assertThat(facts.shipmentId()).contains("s-1");
    assertThat(facts.containerId()).isEmpty();
    assertThat(facts.containerNumber()).isEmpty();
  }

  @Test
  void aFailedRequestTellsTheNumberThatWasAskedFor() {
    Notification failed =
        Notification.of("tracking_request.failed").about("tracking_request", "r-1");
    assertThat(factsOf(failed.including(Fixtures.TRACKING_REQUEST)).billOfLading())
        .contains("NBLX26020011");
    assertThat(
            factsOf(
                    Notification.of("tracking_request.failed")
                        .about("tracking_request", "r-1")
                        .including(
                            Fixtures.TRACKING_REQUEST
                                .replace("bill_of_lading", "container")
                                .replace("'NBLX26020011'", "12345")))
                .containerNumber())
        .contains("12345");
  }

  @Test
  void aDocumentIsAboutTheShipmentItBelongsTo() {
    EventFacts facts =
        factsOf(
            Notification.of("document.extracted")
                .about("document", "o-1")
                .including(
                    Fixtures.DOCUMENT.replace(
                        "'cargos': {'data': []}",
                        "'cargos': {'data': [{'id': 'c-1', 'type': 'container'}]}")));

    assertThat(facts.shipmentId()).contains("s-1");
    assertThat(facts.containerId()).contains("c-1");
    assertThat(facts.timestamp()).contains(Instant.parse("2026-03-02T08:00:00Z"));
  }

  @Test
  void anEstimateTellsWhenItsArrivalIsExpected() {
    assertThat(
            factsOf(
                    Notification.of("shipment.estimated.arrival")
                        .about("estimated_event", "e-7")
                        .including(Fixtures.ESTIMATED_EVENT))
                .timestamp())
        .contains(Instant.parse("2026-03-09T14:00:00Z"));
  }

  @ParameterizedTest
  @CsvSource({
    // The time of notice, whatever the deadline became.
    "'\"timestamp\": \"2026-03-01T15:00:00Z\", \"value\": \"2026-03-09\"', 2026-03-01T15:00:00Z",
    "'\"timestamp\": \"2026-03-01T15:00:00Z\", \"value\": \"2026-03-09T08:00:00Z\"',"
        + " 2026-03-01T15:00:00Z",
    "'\"timestamp\": null', ",
    "'\"timestamp\": \"soon\"', ",
    "'\"timestamp\": \"2026-03-01\"', ",
    "'\"timestamp\": [\"2026-03-01T15:00:00Z\"]', ",
    "'\"timestamp\": null, \"estimated_timestamp\": \"2026-03-09T14:00:00Z\"', 2026-03-09T14:00:00Z",
    // Of a kind that has no time of its own.
    "'\"value\": \"2026-03-09\"', 2026-03-02T08:00:00Z"
  })
  void theTimeIsTheEventsOwnAndNoOther(String attributes, Instant time) {
    assertThat(
            factsOf(
                    Notification.of("container.pickup_lfd.changed")
                        .about("transport_event", "e-1")
                        .including(
                            "{'id': 'e-1', 'type': 'transport_event', 'attributes': {%s}}"
                                .formatted(attributes)))
                .timestamp())
        .isEqualTo(Optional.ofNullable(time));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-03-02T08:00:00Z, 2026-03-02T08:00:00Z",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
    // Received at 2026-03-02T08:00:05Z.
    "2026-03-03T08:00:05Z, 2026-03-03T08:00:05Z",
    "2026-03-03T08:00:05.000001Z, ",
    "9999-12-31T23:59:59Z, ",
    "99999-01-01T00:00:00Z, ",
    "0000-01-01T00:00:00Z, ",
    "infinity, ",
    "-infinity, ",
    "now, ",
    "2026-03-02, "
  })
  void aTimeThatCannotBeIsNone(String createdAt, Instant time) {
    EventFacts facts =
        factsOf(
            Notification.of("container.transport.delivered")
                .createdAt(createdAt)
                .about("transport_event", "e-1"));

    assertThat(facts).isEqualTo(EventFacts.at(Optional.ofNullable(time)));
  }

  @Test
  void whatWasTakenBackSaysSince() {
    assertThat(
            factsOf(
                    Notification.of("container.transport.vessel_arrived")
                        .about("transport_event", "e-1")
                        .including(
                            "{'id': 'e-1', 'type': 'transport_event', 'attributes':"
                                + " {'invalidated_at': '2026-03-01 15:00:00 UTC'}}"))
                .invalidatedAt())
        .contains(Instant.parse("2026-03-01T15:00:00Z"));
  }

  @Test
  void whatIsNotIncludedWasTrueWhenTheNotificationWasMade() {
    EventFacts facts =
        factsOf(Notification.of("container.transport.delivered").about("transport_event", "e-1"));

    assertThat(facts).isEqualTo(EventFacts.at(Optional.of(Instant.parse("2026-03-02T08:00:00Z"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\0",
        "{",
        "null",
        "[]",
        "7",
        "{\"data\":7,\"included\":7}",
        "{\"data\":{\"relationships\":[],\"attributes\":\"x\"},\"included\":{\"a\":null}}",
        "{\"data\":{\"relationships\":{\"reference_object\":{\"data\":[{\"id\":1}]}}}}",
        "{\"included\":[null,[],{\"id\":1,\"type\":\"shipment\"},{\"id\":\"\",\"type\":\"container\"}]}",
        "{\"data\":{\"attributes\":{\"created_at\":\"soon\"}}}"
      })
  void oddBodiesTellNothing(String body) {
    assertThat(NotificationFacts.of(Notification.raw(body))).isEqualTo(EventFacts.NONE);
  }

  @Test
  void aNotificationIsFoundByItsNumbers() {
    Notification milestone =
        Notification.of("container.transport.vessel_arrived")
            .about("transport_event", "e-1")
            .including(Fixtures.SHIPMENT)
            .including(Fixtures.CONTAINER)
            .including(Fixtures.TRANSPORT_EVENT);
    String keys = "{bill_of_lading=NBLX26020011, container_number=NBLU2048175}";
    assertThat(
            EventSources.of(List.of(Notification.SOURCE)).transform(identified(milestone)).keys())
        .hasToString(keys);
    assertThat(Notification.SOURCE.keysOf(milestone.raw())).hasToString(keys);
    assertThat(
            Notification.SOURCE.keysOf(
                Notification.of("tracking_request.failed")
                    .about("tracking_request", "r-1")
                    .including(Fixtures.TRACKING_REQUEST)
                    .raw()))
        .hasToString("{bill_of_lading=NBLX26020011}");
    assertThat(Notification.SOURCE.keysOf(Notification.raw("{"))).isEmpty();
  }

  private static RawEvent identified(Notification notification) {
    return Notification.SOURCE.identify(notification.raw());
  }

  private static EventFacts factsOf(Notification notification) {
    return NotificationFacts.of(notification.raw());
  }
}
