package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.handlers.EventSources;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.junit.jupiter.api.Test;

class StampReplayTest {
  /** The source has learned to read one of the IDs. The others stay as they are. */
  @Test
  void anIdThatTheSourceCanReadByNowIsRead() {
    RawEvent readableNow =
        ReplayEvents.unreadable("m1").toBuilder()
            .body(
                "{\"data\":{\"id\":\"now\",\"attributes\":{\"event\":\"container.updated\"}}}"
                    .getBytes(UTF_8))
            .build();
    Pipeline pipeline = Pipeline.create();
    PCollection<String> stamped =
        pipeline
            .apply(
                Create.of(readableNow, ReplayEvents.unreadable("m2"), ReplayEvents.event("n1"))
                    .withCoder(RawEventCoder.of()))
            .apply(
                StampReplay.of(
                    ReplayFilter.EVERYTHING, "replay-1", EffectMode.ALL, EventSources.installed()))
            .apply(
                MapElements.into(TypeDescriptors.strings())
                    .via(
                        event ->
                            "%s %s %s"
                                .formatted(
                                    event.identity(),
                                    event.eventType().orElse("-"),
                                    EffectMode.of(event))));

    PAssert.that(stamped)
        .containsInAnyOrder(
            "now container.updated ALL", "pubsub-message:m2 - ALL", "n1 container.updated ALL");
    pipeline.run().waitUntilFinish();
  }
}
