package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.RawEvent;
import java.time.Instant;
import java.util.Map;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** How a message is identified: by its attributes, then its body, then Pub/Sub. */
class ReadEventsTest {
  private static final Instant PUBLISHED = Instant.parse("2026-01-31T12:00:00Z");

  private static final String BODY =
      """
      {"data":{"id":"body-id","type":"webhook_notification",
       "attributes":{"event":"container.updated","created_at":"2026-01-31T11:00:00Z"}}}
      """;

  @Test
  void attributesOutrankTheBody() {
    RawEvent event =
        identify(
            Map.of(
                "notification_id", "our-id",
                "event_type", "container.created",
                "tenant_id", "acme",
                "source", "terminal49"),
            BODY);

    assertThat(event.notificationId()).contains("our-id");
    assertThat(event.eventType()).contains("container.created");
    assertThat(event.tenantId()).isEqualTo("acme");
    assertThat(event.source()).isEqualTo("terminal49");
  }

  @Test
  void cloudEventsAttributesMeanTheSame() {
    RawEvent event =
        identify(Map.of("ce-id", "ce", "ce-type", "order.placed", "ce-source", "shop"), "not JSON");

    assertThat(event.notificationId()).contains("ce");
    assertThat(event.eventType()).contains("order.placed");
    assertThat(event.source()).isEqualTo("shop");
  }

  @Test
  void ourNamesOutrankThoseOfCloudEvents() {
    RawEvent event =
        identify(
            Map.of(
                "notification_id", "ours",
                "event_type", "ours.created",
                "source", "our-source",
                "ce-id", "theirs",
                "ce-type", "theirs.created",
                "ce-source", "their-source"),
            "{}");

    assertThat(event.notificationId()).contains("ours");
    assertThat(event.eventType()).contains("ours.created");
    assertThat(event.source()).isEqualTo("our-source");
  }

  @Test
  void aTenantComesFromNoCloudEventsAttribute() {
    assertThat(identify(Map.of("ce-tenant_id", "acme", "ce-tenantid", "acme"), BODY).tenantId())
        .isEqualTo("default-tenant");
  }

  @Test
  void idAndTypeAreReadFromTheBodyWhereAttributesLackThem() {
    RawEvent event = identify(Map.of("source", "terminal49"), BODY);

    assertThat(event.notificationId()).contains("body-id");
    assertThat(event.eventType()).contains("container.updated");
  }

  @Test
  void theBodyTellsOnlyWhatTheAttributesDoNot() {
    assertThat(identify(Map.of("notification_id", "our-id"), BODY))
        .satisfies(event -> assertThat(event.notificationId()).contains("our-id"))
        .satisfies(event -> assertThat(event.eventType()).contains("container.updated"));
    assertThat(identify(Map.of("event_type", "container.created"), BODY))
        .satisfies(event -> assertThat(event.notificationId()).contains("body-id"))
        .satisfies(event -> assertThat(event.eventType()).contains("container.created"));
  }

  @Test
  void anUnusableIdOrTypeCountsAsAbsent() {
    RawEvent event = identify(Map.of("notification_id", "a\nb", "event_type", "\u0000"), BODY);

    assertThat(event.notificationId()).contains("body-id");
    assertThat(event.eventType()).contains("container.updated");
  }

  @Test
  void tenantAndSourceHaveDefaults() {
    RawEvent event = identify(Map.of("tenant_id", " ", "source", ""), BODY);

    assertThat(event.tenantId()).isEqualTo("default-tenant");
    assertThat(event.source()).isEqualTo("terminal49");
  }

  static String[] unusableNames() {
    return new String[] {"a\nb", "a\u0000", "\u007f", "x".repeat(201)};
  }

  @ParameterizedTest
  @MethodSource("unusableNames")
  void anUnusableTenantIsNobodys(String name) {
    assertThat(identify(Map.of("tenant_id", name), BODY).tenantId()).isEqualTo("unidentified");
  }

  @Test
  void theLongestTenantIsKept() {
    assertThat(identify(Map.of("tenant_id", "x".repeat(200)), BODY).tenantId()).hasSize(200);
  }

  @ParameterizedTest
  @MethodSource("unusableNames")
  void anUnusableSourceIsTheDefault(String name) {
    assertThat(identify(Map.of("source", name), BODY).source()).isEqualTo("terminal49");
  }

  @Test
  void withoutAnIdAMessageIsKnownByItsPubsubId() {
    RawEvent event = identify(Map.of(), "not JSON");

    assertThat(event.notificationId()).isEmpty();
    assertThat(event.eventType()).isEmpty();
    assertThat(event.identity()).isEqualTo("pubsub-message:m-1");
  }

  @Test
  void theBodyIsKeptByteForByte() {
    byte[] body = {0, (byte) 0xff, (byte) 0xc3, '{', '\r', '\n'};

    assertThat(identify(new PubsubMessage(body.clone(), Map.of(), "m-1")).body()).isEqualTo(body);
  }

  @Test
  void allAttributesAreKeptAsTheyAre() {
    Map<String, String> attributes =
        Map.of("tenant_id", "a\nb", "notification_id", "n", "unknown", " ", "ce-id", "other");

    assertThat(identify(attributes, BODY).attributes()).isEqualTo(attributes);
  }

  @Test
  void aMessageMayHaveNoAttributesAtAll() {
    RawEvent event = identify((Map<String, String>) null, BODY);

    assertThat(event.attributes()).isEmpty();
    assertThat(event.tenantId()).isEqualTo("default-tenant");
    assertThat(event.notificationId()).contains("body-id");
  }

  @Test
  void messageIdAndPublishTimeAreThoseOfPubsub() {
    RawEvent event = identify(Map.of(), BODY);

    assertThat(event.messageId()).isEqualTo("m-1");
    assertThat(event.publishTime()).isEqualTo(PUBLISHED);
  }

  private static RawEvent identify(@Nullable Map<String, String> attributes, String body) {
    return identify(new PubsubMessage(body.getBytes(UTF_8), attributes, "m-1"));
  }

  private static RawEvent identify(PubsubMessage message) {
    return new ReadEvents.IdentifyFn("default-tenant", "terminal49").identify(message, PUBLISHED);
  }
}
