package dev.tidegate.schemas;

import static dev.tidegate.schemas.Samples.PUBLISHED;
import static dev.tidegate.schemas.Samples.rawWith;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RawEventTest {
  @ParameterizedTest
  @CsvSource({
    "2026-02-28T23:00:00Z, 2026-02-28T23:00:00Z",
    "2026-02-28T23:00:00.123456789Z, 2026-02-28T23:00:00.123456Z",
    "2026-03-01T00:00:00+01:00, 2026-02-28T23:00:00Z"
  })
  void receivedAtIsTheGatewaysTime(String given, Instant expected) {
    assertThat(rawWith(Map.of("received_at", given)).receivedAt()).isEqualTo(expected);
    assertThat(rawWith(Map.of("ce-time", given)).receivedAt()).isEqualTo(PUBLISHED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "yesterday",
        "1767225600",
        "2026-02-30T00:00:00Z",
        "0000-12-31T23:59:59Z",
        "+10000-01-01T00:00:00Z",
        "-1000000000-01-01T00:00:00Z"
      })
  void receivedAtIsThePublishTimeWhereNoneCanBeRead(String given) {
    assertThat(rawWith(Map.of("received_at", given)).receivedAt()).isEqualTo(PUBLISHED);
  }

  @Test
  void signatureIsValidInvalidOrUnchecked() {
    assertThat(rawWith(Map.of("signature_valid", "true")).signatureValid()).contains(true);
    assertThat(rawWith(Map.of("signature_valid", "false")).signatureValid()).contains(false);
    assertThat(rawWith(Map.of("signature_valid", "TRUE")).signatureValid()).isEmpty();
    assertThat(rawWith(Map.of()).signatureValid()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "notification_id, ce-id, NOTIFICATION_ID",
    "event_type, ce-type, EVENT_TYPE",
    "source, ce-source, SOURCE",
    "subject, ce-subject, SUBJECT",
    "content_type, ce-datacontenttype, CONTENT_TYPE",
    "traceparent, ce-traceparent, TRACEPARENT"
  })
  void ourOwnNameOutranksCloudEvents(String own, String theirs, EventAttributes attribute) {
    assertThat(rawWith(Map.of(theirs, "their")).attribute(attribute)).contains("their");
    assertThat(rawWith(Map.of(own, "our", theirs, "their")).attribute(attribute)).contains("our");
    assertThat(rawWith(Map.of(own, " ", theirs, "their")).attribute(attribute)).contains("their");
    assertThat(rawWith(Map.of(own, "", theirs, " ")).attribute(attribute)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"TENANT_ID", "REQUEST_ID", "SIGNATURE_VALID", "REPLAY_ID", "RECEIVED_AT", "STAMP"})
  void whatWasAuthenticatedHasNoCloudEventsEquivalent(EventAttributes attribute) {
    String name = attribute.attribute().replace("_", "");
    assertThat(rawWith(Map.of("ce-" + name, "forged")).attribute(attribute)).isEmpty();
  }

  @Test
  void identityIsTheNotificationsIdOrElseTheMessages() {
    assertThat(Samples.raw("{}").notificationId("n-7").build().identity()).isEqualTo("n-7");
    assertThat(Samples.raw("{}").notificationId(Optional.empty()).build().identity())
        .isEqualTo("pubsub-message:42");
  }

  @Test
  void hashIsThatOfTheBody() {
    assertThat(Samples.raw("").build().bodySha256())
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    RawEvent changed = Samples.raw("a").build().toBuilder().body(new byte[0]).build();
    assertThat(changed).isEqualTo(Samples.raw("").build());
  }

  @Test
  void publishTimeIsKeptInMicroseconds() {
    assertThat(Samples.raw("").publishTime(PUBLISHED.plusNanos(789)).build().publishTime())
        .isEqualTo(PUBLISHED);
  }

  @Test
  void laterChangesOfTheCallersMapDoNotReachTheEvent() {
    Map<String, String> attributes = new HashMap<>(Map.of("a", "1"));
    RawEvent event = rawWith(attributes);
    attributes.put("b", "2");
    assertThat(event.attributes()).containsExactly(Map.entry("a", "1"));
  }

  @Test
  void jsonIsParsedOnceAndNoPartOfTheEvent() throws Exception {
    RawEvent event = rawWith(Map.of()).toBuilder().body("{\"a\":1}".getBytes(UTF_8)).build();
    RawEvent asked = event.toBuilder().build();

    assertThat(asked.json()).isSameAs(asked.json()).isEqualTo(Json.parse(event.body()));
    assertThat(asked).isEqualTo(event).hasSameHashCodeAs(event);
    assertThat(asked.withoutBody().body()).isEmpty();
    assertThatThrownBy(() -> asked.withoutBody().json())
        .isInstanceOf(JsonProcessingException.class);
  }
}
