package dev.tidegate.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.UpsertRows;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.HandlerOutput;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.io.GenerateSequence;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.Reshuffle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sink on Flink, for as many events as there is patience for. */
@Proof(
    name = "soak",
    promise = "However many events are written, the heap stays as it is",
    faults = "none")
class SoakIT {
  private static final int COUNT = ProofSize.of(60_000, 2_000_000);

  /** Events made at once: few enough that Flink's tasks end together. */
  private static final int PART = 40;

  private static final int MARKS = 10;

  /** So much of the heap may the rest of the run add to that of its second tenth. */
  private static final double FLAT = 0.10;

  private static final TestDatabase DATABASE = TestDatabase.create();
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Table VESSELS =
      EventSources.installed().tables().stream()
          .filter(table -> table.name().equals("vessels"))
          .findFirst()
          .orElseThrow();

  /** Flink runs in this JVM. */
  private static final AtomicInteger MADE = new AtomicInteger();

  private static final Queue<Double> HEAP_MEGABYTES = new ConcurrentLinkedQueue<>();

  @TempDir Path folder;

  @Test
  void theHeapStaysFlat() throws Exception {
    FlinkPipelineOptions options = PipelineOptionsFactory.create().as(FlinkPipelineOptions.class);
    options.setStreaming(true);
    LocalPipeline.useFlink(options, folder, LocalOptions.parallelismOfThisMachine());
    // This job has an end, and a mistake in it is to be seen.
    options.setAttachedMode(true);
    options.setShutdownSourcesAfterIdleMs(0L);
    options.setNumberOfExecutionRetries(0);
    Pipeline pipeline = Pipeline.create(options);
    pipeline
        .apply("Number", GenerateSequence.from(0).to(COUNT / PART))
        // Without it one of Flink's readers may be given all the numbers, and the other none.
        .apply("Spread", Reshuffle.viaRandomKey())
        .apply("Make", ParDo.of(new MakeFn()))
        .setCoder(RawEventCoder.of())
        .apply(
            "Upsert",
            UpsertRows.into(
                new DatabaseConfiguration(
                    DATABASE.jdbcUrl(), TestDatabase.USERNAME, "TIDEGATE_TEST_PASSWORD", 4),
                Batching.bundles(1_000),
                false,
                EventSources.of(
                    List.of(
                        new ApplicationEvents(
                            "soak",
                            Map.of("vessel.changed", SoakIT::vesselOf),
                            List.of(VESSELS))))));

    assertThat(pipeline.run().waitUntilFinish()).isEqualTo(PipelineResult.State.DONE);

    assertThat(DATABASE.query("SELECT count(*) FROM events WHERE status = 'PROCESSED'"))
        .isEqualTo(Integer.toString(COUNT));
    assertThat(DATABASE.query("SELECT count(*) FROM vessels")).isEqualTo(Integer.toString(COUNT));
    Double[] marks = HEAP_MEGABYTES.toArray(Double[]::new);
    System.out.println("Soak: MB in use after a collection at each tenth: " + HEAP_MEGABYTES);
    assertThat(marks).hasSize(MARKS);
    assertThat(rise(marks)).as("MB that the heap rose by").isLessThan(FLAT * marks[1]);
    ProofSize.count(COUNT);
  }

  /** What the straight line nearest to the marks, but for the first, rises by. */
  private static double rise(Double[] marks) {
    int count = marks.length - 1;
    double middle = (count - 1) / 2.0;
    double above = 0;
    double below = 0;
    for (int i = 0; i < count; i++) {
      above += (i - middle) * marks[i + 1];
      below += (i - middle) * (i - middle);
    }
    return above / below * (count - 1);
  }

  /** Makes a number's part of the events, and notes the heap at each tenth of all. */
  private static final class MakeFn extends DoFn<Long, RawEvent> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element Long part, OutputReceiver<RawEvent> out) {
      for (int i = 0; i < PART; i++) {
        out.output(event(part * PART + i));
        if (MADE.incrementAndGet() % (COUNT / MARKS) == 0) {
          System.gc();
          HEAP_MEGABYTES.add(
              ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1048576.0);
        }
      }
    }

    private static RawEvent event(long index) {
      // Keys come in no order, as those of the real world.
      String id = new UUID(index * 0x9E3779B97F4A7C15L, index).toString();
      return RawEvent.builder()
          .tenantId("soak")
          .source("soak")
          .messageId("none")
          .publishTime(START)
          .attributes(Map.of("ce-time", START.plusSeconds(index).toString()))
          .body(
              "{\"vessel\":\"%s\",\"imo\":\"%d\"}".formatted(id, 9_000_000 + index).getBytes(UTF_8))
          .notificationId(id)
          .eventType("vessel.changed")
          .build();
    }
  }

  private static HandlerOutput vesselOf(Event event) {
    return HandlerOutput.of(
        Upsert.into(VESSELS, event)
            .key("t49_vessel_id", event.payload().get("vessel"))
            .set("name", "EVER GIVEN")
            .set("imo", event.payload().get("imo"))
            .build());
  }
}
