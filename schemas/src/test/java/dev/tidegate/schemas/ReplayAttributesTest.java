package dev.tidegate.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a replay says of itself and of the event it repeats. */
class ReplayAttributesTest {
  @Test
  void anEventsIdentityAndTimesGoWithIt() {
    RawEvent event = replayable("n1", Map.of("foreign", "kept"));

    assertThat(
            ReplayAttributes.stamp(ReplayAttributes.ofArchived(event), "replay-1", EffectMode.NONE)
                .attributes())
        .containsOnly(
            Map.entry("foreign", "kept"),
            Map.entry("replay_id", "replay-1"),
            Map.entry("effects", "none"),
            Map.entry("notification_id", "n1"),
            Map.entry("event_type", "container.updated"),
            Map.entry("tenant_id", "default"),
            Map.entry("source", "terminal49"),
            Map.entry("received_at", "2026-01-31T12:00:00Z"),
            Map.entry("original_publish_time", "2026-01-31T12:00:00Z"),
            Map.entry("body_sha256", event.bodySha256()));
  }

  @Test
  void anEarlierReplaysAttributesAreReplacedButTheFirstPublishTimeStays() {
    RawEvent event =
        replayable(
            "n1",
            Map.of(
                "replay_id", "earlier",
                "dead_letter_id", "earlier",
                "attempts", "7",
                "effects", "none",
                "stamp", "earlier",
                "body_sha256", "earlier",
                "received_at", "2026-01-01T00:00:00Z",
                "original_publish_time", "2026-01-01T00:00:01Z"));

    assertThat(
            ReplayAttributes.stamp(ReplayAttributes.ofArchived(event), "later", EffectMode.ALL)
                .attributes())
        .containsEntry("replay_id", "later")
        .containsEntry("effects", "all")
        .containsEntry("body_sha256", event.bodySha256())
        .containsEntry("received_at", "2026-01-01T00:00:00Z")
        .containsEntry("original_publish_time", "2026-01-01T00:00:01Z")
        .doesNotContainKeys("dead_letter_id", "attempts", "stamp");
  }

  @Test
  void aDeadLettersEventNamesItsLetterAndAttempts() {
    RawEvent event = replayable("n1");

    assertThat(ReplayAttributes.ofDeadLetter(event, "letter", 3, true).attributes())
        .containsEntry("dead_letter_id", "letter")
        .containsEntry("attempts", "3")
        .containsEntry("body_sha256", event.bodySha256());
  }

  @Test
  void whatTheArchiveRefusedDoesNotClaimToBeThere() {
    RawEvent event = replayable("n1");

    RawEvent replay =
        ReplayAttributes.stamp(
            ReplayAttributes.ofDeadLetter(event, "letter", 1, false), "r", EffectMode.MISSING);

    assertThat(replay.isReplayOfOriginal()).isFalse();
    assertThat(replay.bodySha256()).isEqualTo(event.bodySha256());
  }

  @Test
  void aTenantOrSourceThatCannotBeUsedStaysSo() {
    RawEvent event =
        replayable("n1").toBuilder()
            .tenantId("unidentified")
            .attributes(Map.of("tenant_id", "a\nb", "source", "c\nd"))
            .build();

    assertThat(ReplayAttributes.stamp(event, "r", EffectMode.MISSING).attributes())
        .containsEntry("tenant_id", "a\nb")
        .containsEntry("source", "c\nd");
  }

  @Test
  void anEventWithoutAReadableIdKeepsItsFirstMessages() {
    RawEvent event = replayable("n1").toBuilder().notificationId(Optional.empty()).build();

    assertThat(ReplayAttributes.stamp(event, "r", EffectMode.MISSING).attributes())
        .containsEntry("notification_id", "pubsub-message:message-n1");
  }

  @Test
  void pubsubsLimitOfAttributesIsKeptByGivingUpForeignOnesWithRoomForTheStamp() {
    Map<String, String> attributes = new HashMap<>();
    for (int i = 0; i < 98; i++) {
      attributes.put("x%02d".formatted(i), "foreign");
    }
    attributes.put("traceparent", "ours");
    attributes.put("zz_subject", "foreign");

    RawEvent replay =
        ReplayAttributes.stamp(
            ReplayAttributes.ofDeadLetter(replayable("n1", attributes), "letter", 1, true),
            "r",
            EffectMode.MISSING);

    assertThat(replay.attributes())
        .hasSize(99)
        .containsKeys(
            "replay_id",
            "body_sha256",
            "dead_letter_id",
            "attempts",
            "effects",
            "traceparent",
            "x00")
        .doesNotContainKeys("zz_subject", "x96");
  }

  private static RawEvent replayable(String id) {
    return replayable(id, Map.of());
  }

  private static RawEvent replayable(String id, Map<String, String> attributes) {
    return Samples.raw("{ \"id\": \"%s\" }".formatted(id))
        .tenantId("default")
        .notificationId(id)
        .eventType("container.updated")
        .messageId("message-" + id)
        .publishTime(Instant.parse("2026-01-31T12:00:00Z"))
        .attributes(attributes)
        .build();
  }
}
