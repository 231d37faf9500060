package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
