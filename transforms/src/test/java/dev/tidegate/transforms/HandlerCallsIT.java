package dev.tidegate.transforms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Events of a handler that calls another system, from Decode to the ledger. The runner copies
 * events between two steps, so that Upsert asks the handler again.
 */
class HandlerCallsIT {
  static final TestDatabase DATABASE = TestDatabase.create();

  @BeforeEach
  void empty() throws SQLException {
    DATABASE.execute("TRUNCATE events, event_dead_letters");
  }

  @Test
  void anEventIsWrittenOnceTheOtherSystemAnswers() throws SQLException {
    try (CallingSource carrier = new CallingSource(call -> call <= 2 ? 503 : 200)) {
      Map<String, Long> counters = run(carrier.sources(), 3, CallingSource.event("a"));

      assertThat(ledger()).isEqualTo("a=PROCESSED");
      assertThat(carrier.calls()).as("nothing is asked twice").isEqualTo(3);
      assertThat(counters).containsEntry("handler_retries", 2L);
    }
  }

  @Test
  void anEventWithoutAnAnswerIsADeadLetter() throws SQLException {
    try (CallingSource carrier = new CallingSource(call -> 503)) {
      Map<String, Long> counters = run(carrier.sources(), 2, CallingSource.event("a"));

      assertThat(letters())
          .isEqualTo("a Transform HANDLER_UNAVAILABLE the carrier answered 503 attempts=1");
      assertThat(carrier.calls()).isEqualTo(2);
      assertThat(counters)
          .containsEntry("handler_retries", 1L)
          .containsEntry("events_dead_lettered", 1L);
    }
  }

  @Test
  void anOutageThatIsFoundIsCounted() throws SQLException {
    try (CallingSource carrier = new CallingSource(call -> 503)) {
      RawEvent[] events =
          IntStream.range(0, 10)
              .mapToObj(i -> CallingSource.event("e" + i))
              .toArray(RawEvent[]::new);
      Map<String, Long> counters = run(carrier.sources(), 1, events);

      assertThat(counters).containsEntry("handler_circuit_opened", 1L);
    }
  }

  @Test
  void aFailureBehindTransformIsNotLost() throws SQLException {
    try (CallingSource carrier = new CallingSource(call -> call == 1 ? 200 : 503)) {
      run(carrier.sources(), 1, CallingSource.event("a"));

      assertThat(letters())
          .isEqualTo("a Transform HANDLER_UNAVAILABLE the carrier answered 503 attempts=1");
    }
    empty();
    try (CallingSource carrier = new CallingSource(call -> call == 1 ? 200 : 404)) {
      run(carrier.sources(), 1, CallingSource.event("a"));

      assertThat(letters())
          .isEqualTo("a Transform INVALID the carrier does not know the parcel attempts=1");
    }
  }

  private static String ledger() throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(notification_id || '=' || status, ' ' ORDER BY notification_id)"
            + " FROM events");
  }

  private static String letters() throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(concat_ws(' ', notification_id, stage, error_class, error_message,"
            + " 'attempts=' || attempts), ' ' ORDER BY notification_id)"
            + " FROM event_dead_letters");
  }

  private static Map<String, Long> run(EventSources sources, int attempts, RawEvent... events) {
    Pipeline pipeline = Pipeline.create();
    List<PCollection<DeadLetter>> failures = new ArrayList<>();
    pipeline
        .apply(Create.of(List.of(events)).withCoder(RawEventCoder.of()))
        .apply("Decode", EventStep.decode(sources))
        .failuresTo(failures)
        .apply("Validate", EventStep.validate(sources, attempts))
        .failuresTo(failures)
        .apply("Transform", EventStep.transform(sources, attempts))
        .failuresTo(failures)
        .apply(
            "Upsert",
            UpsertRows.into(TestConfiguration.of(DATABASE), Batching.bundles(1000), true, sources)
                .withHandlerAttempts(attempts))
        .failuresTo(failures);
    PCollectionList.of(failures)
        .apply("AllFailures", Flatten.pCollections())
        .apply(
            "DeadLetters",
            DeadLetters.in(TestConfiguration.of(DATABASE), EventSources.installed()));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return CountedMetrics.of(result);
  }
}
