package dev.tidegate.transforms.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.IntStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.Reshuffle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A rate is a cap on the whole job, and what was let go arrives before the end. */
class PaceTest {
  /** The DirectRunner runs in this JVM. */
  private static final Map<String, Long> ARRIVALS = new ConcurrentSkipListMap<>();

  @BeforeEach
  void forget() {
    ARRIVALS.clear();
  }

  @Test
  void eventsArriveSpreadOverTheTimeTheyTakeAtTheRate() {
    run(60, 20);

    assertThat(ARRIVALS).hasSize(60);
    List<Long> times = ARRIVALS.values().stream().sorted(Comparator.naturalOrder()).toList();
    long first = times.get(0);
    assertThat(times.get(59) - first).as("60 at 20/s").isGreaterThan(1_800);
    // Those let go arrive as the runner ends its bundles, every second: never more than were due.
    for (int i = 0; i < 60; i++) {
      long due = i * 1_000L / 20;
      assertThat(times.get(i) - first)
          .as("arrival of event " + i)
          .isGreaterThanOrEqualTo(due - 1_500);
    }
    assertThat(times.get(19) - first).as("not all at the end").isLessThan(2_500);
  }

  @Test
  void aHighRateDoesNotLoseOrRepeatAny() {
    run(300, 4_000);
    assertThat(ARRIVALS).hasSize(300);
  }

  @Test
  void nothingIsLetGoWhereThereIsNothing() {
    run(0, 5);
    assertThat(ARRIVALS).isEmpty();
  }

  private static void run(int events, double perSecond) {
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(
            Create.of(
                    IntStream.range(0, events).mapToObj(i -> ReplayEvents.event("n" + i)).toList())
                .withCoder(RawEventCoder.of()))
        .apply("Spread", Reshuffle.viaRandomKey())
        .apply("Pace", Pace.of(perSecond))
        .apply("Arrive", ParDo.of(new ArriveFn()));
    pipeline.run().waitUntilFinish();
  }

  private static final class ArriveFn extends DoFn<RawEvent, Void> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element RawEvent event) {
      assertThat(ARRIVALS.put(event.identity(), System.nanoTime() / 1_000_000)).isNull();
    }
  }
}
