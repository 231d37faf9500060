package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.transforms.ReadEvents.IdentifyFn;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How a message is identified: by its attributes, then its body, then Pub/Sub. */
class ReadEventsTest {
  private static final Instant PUBLISHED = Instant.parse("2026-01-31T12:00:00Z");
  private static final String KEY = "a key of at least thirty-two bytes";
  private static final MessageStamp STAMP = MessageStamp.of(KEY);

  @TempDir private static Path folder;

  private static final String BODY =
      """
      {"data":{"id":"body-id","type":"webhook_notification",
       "attributes":{"event":"container.updated","created_at":"2026-01-31T11:00:00Z"}}}
      """;

  private static final Map<String, String> REPLAY =
      Map.of(
          "replay_id", "r-1",
          "body_sha256", "0".repeat(64),
          "dead_letter_id", "6d5d1a3e-0000-4000-8000-000000000000",
          "attempts", "3",
          "effects", "all");

  @Test
  void theIdIsTheAttributesAndTheTypeTheBodysOwn() {
    RawEvent event =
        identify(
            Map.of(
                "notification_id", "our-id",
                "event_type", "container.created",
                "tenant_id", "acme",
                "source", "terminal49"),
            BODY);

    assertThat(event.notificationId()).contains("our-id");
    assertThat(event.eventType()).contains("container.updated");
    assertThat(event.contentSha256()).isEqualTo(event.bodySha256());
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
        .satisfies(event -> assertThat(event.eventType()).contains("container.updated"));
  }

  @Test
  void aTypeThatTheBodyDoesNotNameIsPartOfTheContent() {
    RawEvent created = identify(Map.of("event_type", "container.created"), "{\"data\":{}}");
    RawEvent other = identify(Map.of("ce-type", "container.updated"), "{\"data\":{}}");

    assertThat(created.eventType()).contains("container.created");
    assertThat(created.bodySha256()).isEqualTo(other.bodySha256());
    assertThat(created.contentSha256())
        .isNotEqualTo(other.contentSha256())
        .isNotEqualTo(created.bodySha256());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'data':{'id':'a','attributes':{'event':'x'}},'data':{'id':'b','attributes':{'event':'y'}}}|b|y",
        "{'data':{'id':'a','attributes':{'event':'x'}},'data':{'id':'b'}}|b|",
        "{'data':{'id':'a','attributes':{'event':'x'}},'data':null}||",
        "{'data':{'id':'a','id':'b','attributes':{'event':'x'},'attributes':{'event':'y'}}}|b|y",
        "{'data':{'id':'a','id':7,'attributes':{'event':'x','event':null}}}||"
      })
  void ofNamesThatRepeatTheLastCountsForAll(String body, String id, String type) throws Exception {
    RawEvent event = identify(Map.of(), body.replace('\'', '"'));

    assertThat(event.notificationId()).isEqualTo(Optional.ofNullable(id));
    assertThat(event.eventType()).isEqualTo(Optional.ofNullable(type));
    assertThat(event.json().at("/data/id").textValue()).isEqualTo(id);
    assertThat(event.json().at("/data/attributes/event").textValue()).isEqualTo(type);
  }

  @Test
  void nothingThatASenderSaysMovesTheTimeOfReceipt() {
    for (String time : new String[] {"2019-01-01T00:00:00Z", "9999-12-31T00:00:00Z"}) {
      assertThat(identify(Map.of("ce-time", time), BODY).receivedAt()).isEqualTo(PUBLISHED);
      for (IdentifyFn fn : new IdentifyFn[] {withKey(), withoutKey()}) {
        RawEvent event =
            fn.identify(
                message(Map.of("received_at", time, "original_publish_time", time)), PUBLISHED);
        assertThat(event.receivedAt()).isEqualTo(PUBLISHED);
        assertThat(event.originalPublishTime()).isEqualTo(PUBLISHED);
        assertThat(event.attributes())
            .containsEntry("unproved_received_at", time)
            .containsEntry("unproved_original_publish_time", time)
            .hasSize(2);
      }
    }
  }

  @Test
  void theGatewaysStampProvesTheTimeOfReceipt() {
    PubsubMessage message = stamped(Map.of("received_at", "2026-01-31T08:00:00.000001Z"));

    assertThat(withKey().identify(message, PUBLISHED).receivedAt())
        .isEqualTo(Instant.parse("2026-01-31T08:00:00.000001Z"));
    assertThat(withoutKey().identify(message, PUBLISHED).receivedAt()).isEqualTo(PUBLISHED);
  }

  @Test
  void aReplayThatIsNotProvedIsAnEventAsAnyOther() {
    PubsubMessage forged = message(REPLAY);
    RawEvent event = withKey().identify(forged, PUBLISHED);

    assertThat(event.isReplayOfOriginal()).isFalse();
    assertThat(event.bodySha256()).isEqualTo(Sha256.hexOf(BODY.getBytes(UTF_8)));
    assertThat(Deduplicate.identityOf(event))
        .isEqualTo(Deduplicate.identityOf(withKey().identify(message(Map.of()), PUBLISHED)));
    assertThat(event.attributes())
        .containsOnlyKeys(
            "unproved_replay_id",
            "unproved_body_sha256",
            "unproved_dead_letter_id",
            "unproved_attempts",
            "unproved_effects");
    assertThat(EffectMode.of(event)).isEqualTo(EffectMode.MISSING);
    assertThat(EffectMode.of(withKey().identify(stamped(REPLAY), PUBLISHED)))
        .isEqualTo(EffectMode.ALL);
  }

  @Test
  void aStampProvesNoOtherMessage() {
    Map<String, String> proved = stamped(REPLAY).getAttributeMap();
    assertThat(withKey().identify(new PubsubMessage(BODY.getBytes(UTF_8), proved, "m"), PUBLISHED))
        .matches(event -> event.attributes().containsKey("replay_id"));
    List<PubsubMessage> others = new ArrayList<>();
    others.add(new PubsubMessage("{}".getBytes(UTF_8), proved, "m"));
    for (Map<String, String> more :
        List.of(
            Map.of("tenant_id", "globex"),
            Map.of("replay_id", "r-2"),
            Map.of("effects", "none"),
            Map.of("ce-type", "another.type"),
            Map.of("received_at", "2019-01-01T00:00:00Z"),
            Map.of("stamp", ""),
            Map.of("stamp", "0".repeat(64)))) {
      Map<String, String> attributes = new TreeMap<>(proved);
      attributes.putAll(more);
      others.add(new PubsubMessage(BODY.getBytes(UTF_8), attributes, "m"));
    }
    others.add(
        new PubsubMessage(
            BODY.getBytes(UTF_8),
            MessageStamp.of("another key of thirty-two bytes...").stamped(REPLAY, new byte[0]),
            "m"));
    for (PubsubMessage other : others) {
      RawEvent event = withKey().identify(other, PUBLISHED);
      assertThat(event.attributes()).doesNotContainKeys("replay_id", "body_sha256", "stamp");
      assertThat(event.isReplayOfOriginal()).isFalse();
    }
  }

  @Test
  void withoutAKeyAReplayCountsAndIsArchivedAgain() {
    RawEvent event = withoutKey().identify(stamped(REPLAY), PUBLISHED);

    assertThat(event.bodySha256()).isEqualTo("0".repeat(64));
    assertThat(event.attributes()).containsEntry("replay_id", "r-1");
    assertThat(event.isReplayOfOriginal()).isFalse();
    assertThat(withKey().identify(stamped(REPLAY), PUBLISHED).isReplayOfOriginal()).isTrue();
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
    return withoutKey().identify(message, PUBLISHED);
  }

  private static IdentifyFn withoutKey() {
    return identifyBy("env:NO_SUCH_KEY");
  }

  private static IdentifyFn withKey() {
    try {
      return identifyBy(
          "file:" + Files.writeString(folder.resolve("key"), "new.".repeat(8) + "\n" + KEY));
    } catch (IOException unexpected) {
      throw new UncheckedIOException(unexpected);
    }
  }

  private static IdentifyFn identifyBy(String key) {
    IdentifyFn fn =
        new IdentifyFn("default-tenant", "terminal49", new StampKey(key), EventSources.installed());
    fn.setup();
    return fn;
  }

  private static PubsubMessage message(Map<String, String> attributes) {
    return new PubsubMessage(BODY.getBytes(UTF_8), attributes, "m-1");
  }

  private static PubsubMessage stamped(Map<String, String> attributes) {
    return message(STAMP.stamped(attributes, BODY.getBytes(UTF_8)));
  }
}
