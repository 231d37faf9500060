package dev.tidegate.transforms.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A preview is bounded, whatever it is a preview of, and shows no payload. */
class PreviewReplayTest {
  private static final List<String> TEXTS = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void forget() {
    TEXTS.clear();
  }

  @Test
  void eventsAreCountedByTypeAndAFewAreNamed() {
    List<RawEvent> events = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      events.add(
          ReplayEvents.event("n" + i, Map.of("tenant_id", "acme")).toBuilder()
              .eventType(i < 5 ? "frequent" : "type-" + i)
              .build());
    }
    events.add(ReplayEvents.unreadable("m1"));
    String text = preview(events);

    assertThat(text).startsWith("31 events would be replayed\n         5  terminal49 frequent\n");
    assertThat(text.lines().filter(line -> line.startsWith("  2026-"))).hasSize(10);
    assertThat(text.lines().filter(line -> line.matches(" +1  terminal49 .*")))
        .as("the other nineteen types shown")
        .hasSize(19);
    assertThat(text).contains("         7  (other types)").doesNotContain("\"id\"");
  }

  @Test
  void whatHasNoTypeIsShownToo() {
    assertThat(preview(List.of(ReplayEvents.unreadable("m1"))))
        .startsWith("1 event would be replayed\n         1  terminal49 (no type)\n")
        .contains("  2026-01-31T12:00:00Z  default  terminal49  (no type)  pubsub-message:m1\n");
  }

  @Test
  void whichEffectsTheyMayCauseIsTold() {
    List<RawEvent> events = List.of(ReplayEvents.event("n1"));

    assertThat(preview(events, EffectMode.NONE)).contains("\n\nNo effect would be caused");
    assertThat(preview(events, EffectMode.MISSING))
        .endsWith("that no event has caused before would be caused.");
    assertThat(preview(events, EffectMode.ALL)).endsWith("again, under the same IDs.");
  }

  @Test
  void nothingIsAPreviewToo() {
    assertThat(preview(List.of())).isEqualTo("0 events would be replayed");
  }

  private static String preview(List<RawEvent> events) {
    return preview(events, EffectMode.NONE);
  }

  private static String preview(List<RawEvent> events, EffectMode effects) {
    TEXTS.clear();
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(Create.of(events).withCoder(RawEventCoder.of()))
        .apply("Preview", PreviewReplay.of(effects, text -> TEXTS.add(text)));
    pipeline.run().waitUntilFinish();
    assertThat(TEXTS).hasSize(1);
    return TEXTS.get(0);
  }
}
