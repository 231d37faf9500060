package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReplayAttributes;
import dev.tidegate.transforms.ReadEvents.IdentifyFn;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.ArchivedEvent;
import dev.tidegate.transforms.files.JsonLines;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A replay out of the archive and through Pub/Sub is read as the event it repeats. */
class ReplayedIdentityTest {
  private static final Instant LATER = Instant.parse("2026-11-21T10:00:00Z");
  private static final String KEY = "a key of at least thirty-two bytes";
  private static final MessageStamp STAMP = MessageStamp.of(KEY);

  private static IdentifyFn identify;

  @BeforeAll
  static void readKey(@TempDir Path folder) throws IOException {
    Path key = Files.writeString(folder.resolve("key"), KEY);
    identify =
        new IdentifyFn(
            "default", "terminal49", new StampKey("file:" + key), EventSources.installed());
    identify.setup();
  }

  static Stream<PubsubMessage> messages() {
    return Stream.of(
        message("{\"data\": {\"id\": \"n1\"}}", Map.of()),
        stamped(
            message(
                "{ \"data\":{\"id\":\"n1\",\"attributes\":{\"event\":\"container.updated\"}}}",
                Map.of("tenant_id", "acme", "received_at", "2026-01-31T11:59:59.123456Z"))),
        message("{\"data\": {\"id\": \"n1\"}}", Map.of("event_type", "container.updated")),
        message("{\"a\": 1}", Map.of("source", "shop", "notification_id", "o1")),
        message("{\"a\": 1}", Map.of("ce-source", "shop", "ce-id", "o1", "ce-type", "t")),
        message("{\"data\":", Map.of()),
        message("", Map.of("notification_id", "a\nb")),
        message("{\"data\":{\"id\":\"n1\"}}", Map.of("tenant_id", "a\nb", "source", "c\nd")));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void anEventIsTheSameWhenItIsReplayedAndReplayedAgain(PubsubMessage message) throws IOException {
    RawEvent original = identify.identify(message, RawEvents.PUBLISHED);

    RawEvent once = replayed(original, "replay-1", "message-2");
    RawEvent twice = replayed(once, "replay-2", "message-3");

    for (RawEvent replay : new RawEvent[] {once, twice}) {
      assertThat(replay.tenantId()).isEqualTo(original.tenantId());
      assertThat(replay.source()).isEqualTo(original.source());
      assertThat(replay.identity()).isEqualTo(original.identity());
      assertThat(replay.notificationId()).isEqualTo(original.notificationId());
      assertThat(replay.eventType()).isEqualTo(original.eventType());
      assertThat(replay.bodySha256()).isEqualTo(original.bodySha256());
      assertThat(replay.contentSha256()).isEqualTo(original.contentSha256());
      assertThat(replay.receivedAt()).isEqualTo(original.receivedAt());
      assertThat(replay.originalPublishTime()).isEqualTo(original.publishTime());
      assertThat(replay.isReplayOfOriginal()).isTrue();
      assertThat(Decoded.of(replay)).isEqualTo(Decoded.of(original));
    }
    assertThat(Deduplicate.identityOf(once)).isNotEqualTo(Deduplicate.identityOf(original));
    assertThat(Deduplicate.identityOf(twice)).isNotEqualTo(Deduplicate.identityOf(once));
  }

  @Test
  void onlyAReplaySpeaksForAnotherMessage() {
    PubsubMessage message =
        message("{\"data\":", Map.of("notification_id", "pubsub-message:other"));

    assertThat(identify.identify(message, RawEvents.PUBLISHED).messageId()).isEqualTo("message-1");
  }

  /** Through the archive, stamped, published to a pipeline with other defaults, and read. */
  private static RawEvent replayed(RawEvent event, String replayId, String messageId)
      throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    new JsonLines(line).write(ArchiveTable.rawEvents(EventSources.installed()), event);
    RawEvent archived = ArchivedEvent.of(Json.parse(line.toByteArray()));
    RawEvent stamped =
        ReplayAttributes.stamp(ReplayAttributes.ofArchived(archived), replayId, EffectMode.NONE);
    return identify.identify(
        stamped(new PubsubMessage(stamped.body(), stamped.attributes(), messageId)), LATER);
  }

  private static PubsubMessage stamped(PubsubMessage message) {
    return new PubsubMessage(
        message.getPayload(),
        STAMP.stamped(message.getAttributeMap(), message.getPayload()),
        message.getMessageId());
  }

  private static PubsubMessage message(String body, Map<String, String> attributes) {
    return new PubsubMessage(body.getBytes(UTF_8), attributes, "message-1");
  }

  /** What Decode makes of an event: its version, or why not. */
  private static final class Decoded {
    static String of(RawEvent event) {
      try {
        return EventSources.installed().decode(event).version().text();
      } catch (PermanentFailureException failure) {
        return failure.getMessage();
      }
    }
  }
}
