package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.archive.Archive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.testing.TestStream;
import org.apache.beam.sdk.transforms.Combine;
import org.apache.beam.sdk.transforms.Count;
import org.apache.beam.sdk.transforms.windowing.FixedWindows;
import org.apache.beam.sdk.transforms.windowing.Window;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TimestampedValue;
import org.joda.time.Duration;
import org.joda.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeduplicateTest {
  private static final Duration WINDOW = Duration.standardMinutes(10);

  @Test
  void dropsAndCountsARepeatWithTheSameBody() {
    Outcome outcome = run(stream().addElements(event("a", "1"), event("a", "1"), event("b", "1")));

    assertThat(outcome.passed).containsExactlyInAnyOrder("a=1", "b=1");
    assertThat(outcome.duplicate).isEqualTo(1);
    assertThat(outcome.conflicting).isZero();
  }

  @Test
  void archivesEachRepeatAsAnOutcomeWithoutItsBody(@TempDir Path archive) throws IOException {
    RawEvent event = event("a", "1");
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(
            stream()
                .addElements(
                    event,
                    event.toBuilder().messageId("second").build(),
                    event("a", "2"),
                    replayed(event.toBuilder().messageId("third").build(), "r1"),
                    replayed(event.toBuilder().messageId("fourth").build(), "r1"))
                .advanceWatermarkToInfinity())
        .apply(
            "Deduplicate",
            Deduplicate.within(WINDOW).archivingRepeatsIn(new Archive.Files(archive.toString())));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();

    List<String> repeats = new ArrayList<>();
    try (Stream<Path> files = Files.walk(archive.resolve("event_outcomes"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        for (String line : Files.readAllLines(file)) {
          JsonNode row = Json.parse(line.getBytes(UTF_8));
          assertThat(row.path("tenant_id").textValue()).isEqualTo(event.tenantId());
          assertThat(row.path("source").textValue()).isEqualTo(event.source());
          assertThat(row.path("event_type").textValue()).isEqualTo("container.updated");
          assertThat(row.path("payload_sha256").textValue()).isEqualTo(event.bodySha256());
          assertThat(row.has("payload") || row.has("body")).isFalse();
          repeats.add(
              "%s %s %s %s"
                  .formatted(
                      row.path("notification_id").textValue(),
                      row.path("message_id").textValue(),
                      row.path("status").textValue(),
                      row.path("replay_id").textValue()));
        }
      }
    }
    assertThat(repeats).containsExactlyInAnyOrder("a second REPEATED null", "a fourth REPEATED r1");
    assertThat(counter(result, "outcomes_archived")).isEqualTo(2);
  }

  @Test
  void passesAndCountsAnotherBodyUnderTheSameId() {
    Outcome outcome = run(stream().addElements(event("a", "1"), event("a", "2"), event("a", "2")));

    assertThat(outcome.passed).containsExactlyInAnyOrder("a=1", "a=2");
    assertThat(outcome.conflicting).isEqualTo(1);
    assertThat(outcome.duplicate).as("the second body's repeat").isEqualTo(1);
  }

  @Test
  void passesAndCountsAnotherTypeThatTheBodyDoesNotName() {
    RawEvent event = event("a", "1").toBuilder().typeFromAttribute(true).build();
    RawEvent other = event.toBuilder().eventType("container.created").build();
    Outcome outcome = run(stream().addElements(event, other, event, other));

    assertThat(outcome.passed).containsExactly("a=1", "a=1");
    assertThat(outcome.conflicting).isEqualTo(1);
    assertThat(outcome.duplicate).isEqualTo(2);
  }

  @Test
  void passesAReplayOnceForEachReplay() {
    RawEvent event = event("a", "1");
    Outcome outcome =
        run(
            stream()
                .addElements(
                    event, replayed(event, "r1"), replayed(event, "r1"), replayed(event, "r2")));

    assertThat(outcome.passed).containsExactly("a=1", "a=1", "a=1");
    assertThat(outcome.duplicate).isEqualTo(1);
  }

  @Test
  void forgetsAnIdWhenItsWindowHasPassed() {
    Outcome outcome =
        run(
            stream()
                .addElements(event("a", "1"))
                .advanceProcessingTime(WINDOW)
                .addElements(event("a", "1"))
                .advanceProcessingTime(WINDOW)
                .addElements(event("a", "1")));

    assertThat(outcome.passed)
        .as("first, and again after less than two windows")
        .containsExactly("a=1", "a=1");
    assertThat(outcome.duplicate).isEqualTo(1);
  }

  @Test
  void remembersNothingWhenEverythingHasExpired() {
    TestStream.Builder<RawEvent> events = stream();
    for (int i = 0; i < 50; i++) {
      events = events.addElements(event("first-" + i, "1"));
    }
    events = events.advanceProcessingTime(WINDOW.multipliedBy(2));
    for (int i = 0; i < 50; i++) {
      events = events.addElements(event("first-" + i, "1"));
    }
    Outcome outcome = run(events);

    assertThat(outcome.passed).hasSize(100);
    assertThat(outcome.duplicate).isZero();
  }

  @Test
  void holdsNoWatermark() {
    Pipeline pipeline = Pipeline.create();
    PCollection<Long> counts =
        pipeline
            .apply(
                stream()
                    .addElements(TimestampedValue.of(event("in-time", "1"), new Instant(0)))
                    .advanceWatermarkTo(new Instant(2_000))
                    .addElements(TimestampedValue.of(event("late", "1"), new Instant(500)))
                    .advanceWatermarkToInfinity())
            .apply("Deduplicate", Deduplicate.within(WINDOW))
            .apply(Window.into(FixedWindows.of(Duration.standardSeconds(1))))
            .apply(Combine.globally(Count.<RawEvent>combineFn()).withoutDefaults());

    // The watermark has passed the window's end, so the second event is late and does not count.
    PAssert.that(counts).containsInAnyOrder(1L);
    pipeline.run().waitUntilFinish();
  }

  @Test
  void tellsTenantsAndSourcesApart() {
    RawEvent event = event("a", "1");
    Outcome outcome =
        run(
            stream()
                .addElements(
                    event,
                    event.toBuilder().tenantId("other").build(),
                    event.toBuilder().source("other").build()));

    assertThat(outcome.passed).hasSize(3);
    assertThat(outcome.duplicate).isZero();
  }

  @Test
  void keysMessagesWithoutAnIdByTheirPubsubMessage() {
    RawEvent unreadable = event("a", "1").toBuilder().notificationId(Optional.empty()).build();
    Outcome outcome =
        run(
            stream()
                .addElements(
                    unreadable, unreadable, unreadable.toBuilder().messageId("other").build()));

    assertThat(outcome.passed).hasSize(2);
    assertThat(outcome.duplicate).isEqualTo(1);
  }

  @Test
  void noTwoIdentitiesAreAlike() {
    RawEvent event = event("x", "1");
    assertThat(Deduplicate.identityOf(event.toBuilder().tenantId("a").source("bc").build()))
        .isNotEqualTo(Deduplicate.identityOf(event.toBuilder().tenantId("ab").source("c").build()));
    assertThat(Deduplicate.identityOf(event.toBuilder().notificationId("1:r").build()))
        .isNotEqualTo(
            Deduplicate.identityOf(replayed(event.toBuilder().notificationId("1").build(), "r")));
  }

  private record Outcome(List<String> passed, long duplicate, long conflicting) {}

  private static TestStream.Builder<RawEvent> stream() {
    return TestStream.create(RawEventCoder.of());
  }

  private static Outcome run(TestStream.Builder<RawEvent> events) {
    Pipeline pipeline = Pipeline.create();
    PCollection<RawEvent> passed =
        pipeline
            .apply(events.advanceWatermarkToInfinity())
            .apply("Deduplicate", Deduplicate.within(WINDOW));
    COLLECTED.clear();
    PAssert.that(passed)
        .satisfies(
            found -> {
              List<String> texts = new ArrayList<>();
              StreamSupport.stream(found.spliterator(), false)
                  .map(e -> e.notificationId().orElse("?") + "=" + new String(e.body(), UTF_8))
                  .sorted()
                  .forEach(texts::add);
              COLLECTED.addAll(texts);
              return null;
            });
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return new Outcome(
        List.copyOf(COLLECTED),
        counter(result, "events_duplicate"),
        counter(result, "events_conflicting"));
  }

  /** The DirectRunner runs in this JVM: assertions outside of the pipeline read better. */
  private static final List<String> COLLECTED = new ArrayList<>();

  private static long counter(PipelineResult result, String name) {
    return CountedMetrics.of(result).getOrDefault(name, 0L);
  }

  private static RawEvent event(String id, String body) {
    return RawEvents.of(id, "container.updated", body);
  }

  private static RawEvent replayed(RawEvent event, String replayId) {
    return event.toBuilder().attributes(Map.of("replay_id", replayId)).build();
  }
}
