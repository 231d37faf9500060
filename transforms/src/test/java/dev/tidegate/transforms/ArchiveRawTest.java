package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every event is one line of the archive, whatever is wrong with it. */
class ArchiveRawTest {
  private static final RawEvent VALID =
      RawEvents.notification("valid", "container.updated", "2026-01-31T11:00:00Z");

  private static final RawEvent UNREADABLE =
      RawEvents.of("unreadable", "?", "").toBuilder()
          .notificationId(Optional.empty())
          .eventType(Optional.empty())
          .body(new byte[] {0, (byte) 0xff, '\n'})
          .build();

  @TempDir Path folder;

  @Test
  void everyEventIsALineOfItsDayValidOrNot() throws IOException {
    RawEvent received =
        VALID.toBuilder()
            .notificationId("received")
            .tenantId("acme/eu")
            .attributes(Map.of("received_at", "2026-01-30T23:59:59Z"))
            .build();
    archive(VALID, UNREADABLE, received);

    assertThat(linesOf("raw_events/received_date=2026-01-31"))
        .extracting(line -> line.get("notification_id").asText())
        .containsExactlyInAnyOrder("valid", "pubsub-message:message-unreadable");
    assertThat(linesOf("raw_events/received_date=2026-01-30"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.get("notification_id").asText()).isEqualTo("received");
              assertThat(line.get("tenant_id").asText()).isEqualTo("acme/eu");
            });
  }

  @Test
  void jsonIsThePayloadAndKeepsItsHash() throws IOException {
    archive(VALID);

    assertThat(linesOf("raw_events"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.get("payload")).isEqualTo(Json.parse(VALID.body()));
              assertThat(line.has("body")).isFalse();
              assertThat(line.get("payload_sha256").asText()).isEqualTo(VALID.bodySha256());
              assertThat(line.at("/attributes/tenant_id").asText()).isEqualTo("default");
            });
  }

  @Test
  void whatIsNoJsonIsTheBodyByteForByte() throws IOException {
    archive(UNREADABLE);

    assertThat(linesOf("raw_events"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.get("body").binaryValue()).isEqualTo(UNREADABLE.body());
              assertThat(line.has("payload")).isFalse();
            });
  }

  /** The archive has the original; of a repaired body it has not, nor of what proves nothing. */
  @Test
  void aReplayIsArchivedOnlyWhereItsBodyWasRepairedOrItIsNotProved() throws IOException {
    Map<String, String> claims = Map.of("replay_id", "r1", "body_sha256", VALID.bodySha256());
    Map<String, String> proved = new HashMap<>(claims);
    // ReadEvents lets a valid stamp through, and no other.
    proved.put("stamp", "valid");
    RawEvent replay = VALID.toBuilder().attributes(proved).build();
    RawEvent unproved = VALID.toBuilder().notificationId("unproved").attributes(claims).build();
    RawEvent repaired =
        replay.toBuilder().notificationId("repaired").body("{}".getBytes(UTF_8)).build();
    archive(replay, repaired, unproved);

    assertThat(linesOf("raw_events"))
        .extracting(line -> line.get("notification_id").asText())
        .containsExactlyInAnyOrder("repaired", "unproved");
  }

  @Test
  void countsWhatIsDurable() {
    PipelineResult result = archive(VALID, UNREADABLE);

    assertThat(CountedMetrics.of(result)).containsEntry("events_archived", 2L);
  }

  private PipelineResult archive(RawEvent... events) {
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(Create.of(List.of(events)).withCoder(RawEventCoder.of()))
        .apply(
            "ArchiveRaw",
            ArchiveRaw.to(new Archive.Files(folder.toString()), EventSources.installed()));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return result;
  }

  private List<JsonNode> linesOf(String partition) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder.resolve(partition))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        for (String line : Files.readString(file).lines().toList()) {
          lines.add(Json.parse(line.getBytes(UTF_8)));
        }
      }
    }
    return lines;
  }
}
