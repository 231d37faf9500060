package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.Batching.Mode;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.testing.TestStream;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.WithFailures;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What events say reaches the tables and the ledger together, or not at all. */
class UpsertRowsIT {
  private static final String POISON = "POISON";

  static final TestDatabase DATABASE =
      TestDatabase.create(
          "ALTER TABLE containers ADD CONSTRAINT no_poison CHECK (number <> 'POISON')");

  @BeforeEach
  void empty() throws SQLException {
    DATABASE.execute("TRUNCATE events, containers");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 1000})
  void rowsAndLedgerAreCommitted(int batchRows) throws SQLException {
    List<DeadLetter> letters =
        upsert(Batching.bundles(batchRows), container("n1", "c1", "A"), container("n2", "c2", "B"));

    assertThat(letters).isEmpty();
    assertThat(containers()).isEqualTo("c1=A c2=B");
    assertThat(ledger()).isEqualTo("n1=PROCESSED n2=PROCESSED");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 1000})
  void whatTheDatabaseRefusesIsADeadLetterAndNothingElseSuffers(int batchRows) throws SQLException {
    RawEvent poison = container("n2", "c2", POISON);
    List<DeadLetter> letters =
        upsert(
            Batching.bundles(batchRows),
            container("n1", "c1", "A"),
            poison,
            container("n3", "c3", "C"));

    assertThat(letters)
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.event()).isEqualTo(poison);
              assertThat(letter.stage()).isEqualTo("Upsert");
              assertThat(letter.errorClass()).isEqualTo(ErrorClass.DATABASE_REJECTED);
              assertThat(letter.errorMessage())
                  .contains("SQLSTATE 23514", "containers", "no_poison")
                  .doesNotContain(POISON, "c2");
            });
    assertThat(containers()).isEqualTo("c1=A c3=C");
    assertThat(ledger()).isEqualTo("n1=PROCESSED n3=PROCESSED");
  }

  @Test
  void anEventWithoutAHandlerIsRecordedAsUnhandled() throws SQLException {
    List<DeadLetter> letters =
        upsert(
            Batching.bundles(1000),
            RawEvents.notification("n1", "container.teleported", "2026-01-31T11:00:00Z"));

    assertThat(letters).isEmpty();
    assertThat(ledger()).isEqualTo("n1=UNHANDLED");
  }

  @Test
  void aRepeatChangesNothingButTheAttempts() throws SQLException {
    upsert(Batching.bundles(1000), container("n1", "c1", "A"));
    String row = DATABASE.query("SELECT to_jsonb(containers) FROM containers");
    upsert(Batching.bundles(1000), container("n1", "c1", "A"));

    assertThat(DATABASE.query("SELECT to_jsonb(containers) FROM containers")).isEqualTo(row);
    assertThat(DATABASE.query("SELECT attempts FROM events")).isEqualTo("2");
  }

  @ParameterizedTest
  @CsvSource({"1, 10, 16000000", "3, 1000, 16000000", "4, 1000, 1"})
  void groupsAreWrittenAsBundlesAre(int shards, int rows, long bytes) throws SQLException {
    List<RawEvent> events = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      events.add(container("n" + i, "c" + i, i == 17 ? POISON : "N" + i));
    }
    List<DeadLetter> letters =
        upsert(
            new Batching(Mode.GROUPS, rows, bytes, Duration.ofMillis(100), shards),
            events.toArray(RawEvent[]::new));

    assertThat(letters).extracting(letter -> letter.event().identity()).containsExactly("n17");
    assertThat(DATABASE.query("SELECT count(*) FROM containers")).isEqualTo("39");
    assertThat(DATABASE.query("SELECT count(*) FROM events")).isEqualTo("39");
  }

  @Test
  void groupsDoNotWaitForEverWhereNoMoreComes() throws SQLException {
    // Neither many nor large: what makes this batch is that it waited long enough.
    TestStream<RawEvent> stream =
        TestStream.create(RawEventCoder.of())
            .addElements(container("n1", "c1", "A"), container("n2", "c2", "B"))
            .advanceProcessingTime(org.joda.time.Duration.millis(99))
            .addElements(container("n3", "c3", "C"))
            .advanceProcessingTime(org.joda.time.Duration.millis(2))
            .advanceWatermarkToInfinity();
    run(new Batching(Mode.GROUPS, 1_000, 1_000_000, Duration.ofMillis(100), 1), stream);

    assertThat(DATABASE.query("SELECT count(DISTINCT xmin::text) FROM events"))
        .as("one transaction for all three")
        .isEqualTo("1");
    assertThat(ledger()).isEqualTo("n1=PROCESSED n2=PROCESSED n3=PROCESSED");
  }

  @Test
  void outcomesAreCountedAndTold() throws SQLException {
    upsert(Batching.bundles(1000), container("n1", "c1", "A"));
    PipelineResult result =
        run(
            Batching.bundles(1000),
            container("n1", "c1", "A").toBuilder().messageId("another").build(),
            anHourOlder(container("n0", "c1", "OLD")),
            container("n2", "c2", "B"),
            RawEvents.notification("n3", "container.teleported", "2026-01-31T11:00:00Z"),
            container("n4", "c4", POISON));

    assertThat(CountedMetrics.of(result))
        .containsEntry("events_repeated", 1L)
        .containsEntry("events_stale", 1L)
        .containsEntry("events_upserted", 1L)
        .containsEntry("events_unhandled", 1L)
        .containsEntry("poison_rows", 1L)
        .containsEntry("sql_retries", 0L);
    assertThat(OUTCOMES)
        .allSatisfy(
            outcome -> {
              assertThat(outcome.event().body()).as("bodies are in the archive").isEmpty();
              assertThat(outcome.latencyMillis()).isPositive();
              assertThat(outcome.processingDurationMillis().orElseThrow()).isPositive();
            })
        .extracting(outcome -> outcome.event().identity() + " " + outcome.status())
        .containsExactlyInAnyOrder("n1 DUPLICATE", "n0 STALE", "n2 APPLIED", "n3 UNHANDLED");
  }

  /** After a crash between the commit and the acknowledgement the same message comes again. */
  @Test
  void aMessageThatComesAgainIsNoDuplicateOfItself() throws SQLException {
    RawEvent unhandled =
        RawEvents.notification("n3", "container.teleported", "2026-01-31T11:00:00Z");
    upsert(Batching.bundles(1000), container("n1", "c1", "A"), unhandled);
    RawEvent sentTwice = container("n1", "c1", "A").toBuilder().messageId("another").build();
    run(Batching.bundles(1000), sentTwice, container("n1", "c1", "A"), unhandled, sentTwice);

    assertThat(OUTCOMES)
        .extracting(outcome -> outcome.event().messageId() + " " + outcome.status())
        .containsExactlyInAnyOrder(
            "message-n1 APPLIED", "message-n3 UNHANDLED", "another DUPLICATE", "another DUPLICATE");
    assertThat(DATABASE.query("SELECT sum(attempts) FROM events")).isEqualTo("6");
  }

  @Test
  void warningsAreKeptInTheLedgerAndCounted() throws SQLException {
    String body =
        """
        {"data":{"id":"n1","type":"webhook_notification","attributes":{"event":"container.created",
         "created_at":"2026-01-31T11:00:00Z"}},
         "included":[{"id":"c1","type":"container","attributes":{"number":"A","pickup_lfd":""}},5]}
        """;
    PipelineResult result =
        run(Batching.bundles(1000), RawEvents.of("n1", "container.created", body));

    assertThat(CountedMetrics.of(result))
        .containsEntry("events_with_warnings", 1L)
        .containsEntry("events_upserted", 1L);
    assertThat(containers()).isEqualTo("c1=A");
    assertThat(
            DATABASE.query(
                "SELECT jsonb_array_length(warnings) || ' ' || (warnings -> 0 ->> 'pointer')"
                    + " FROM events"))
        .isEqualTo("3 /included/1");
  }

  private static RawEvent anHourOlder(RawEvent event) {
    return event.toBuilder()
        .body(new String(event.body(), UTF_8).replace("T11:", "T10:").getBytes(UTF_8))
        .build();
  }

  private static RawEvent container(String id, String container, String number) {
    return RawEvents.of(
        id,
        "container.created",
        """
        {"data":{"id":"%s","type":"webhook_notification",
         "attributes":{"event":"container.created","created_at":"2026-01-31T11:00:00Z"}},
         "included":[{"id":"%s","type":"container","attributes":{"number":"%s"}}]}
        """
            .formatted(id, container, number));
  }

  private static String containers() throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(t49_container_id || '=' || number, ' '"
            + " ORDER BY t49_container_id) FROM containers");
  }

  private static String ledger() throws SQLException {
    return DATABASE.query(
        "SELECT string_agg(notification_id || '=' || status, ' ' ORDER BY notification_id)"
            + " FROM events");
  }

  /** The DirectRunner runs in this JVM: assertions outside of the pipeline read better. */
  private static final List<DeadLetter> LETTERS = Collections.synchronizedList(new ArrayList<>());

  private static final List<EventOutcome> OUTCOMES =
      Collections.synchronizedList(new ArrayList<>());

  private static List<DeadLetter> upsert(Batching batching, RawEvent... events) {
    run(batching, events);
    return List.copyOf(LETTERS);
  }

  private static PipelineResult run(Batching batching, RawEvent... events) {
    return run(batching, Create.of(List.of(events)).withCoder(RawEventCoder.of()));
  }

  private static PipelineResult run(
      Batching batching, PTransform<PBegin, PCollection<RawEvent>> events) {
    LETTERS.clear();
    OUTCOMES.clear();
    Pipeline pipeline = Pipeline.create();
    List<PCollection<DeadLetter>> failures = new ArrayList<>();
    WithFailures.Result<PCollection<EventOutcome>, DeadLetter> upserted =
        pipeline
            .apply(events)
            .apply("CollectBatches", CollectBatches.of(batching))
            .apply("Decode", EventStep.decode(EventSources.installed()))
            .failuresTo(failures)
            .apply("Transform", EventStep.transform(EventSources.installed()))
            .failuresTo(failures)
            .apply(
                "Upsert",
                UpsertRows.into(
                    TestConfiguration.of(DATABASE), batching, true, EventSources.installed()));
    failures.forEach(failed -> PAssert.that(failed).empty());
    PAssert.that(upserted.failures())
        .satisfies(
            found -> {
              found.forEach(LETTERS::add);
              return null;
            });
    PAssert.that(upserted.output())
        .satisfies(
            found -> {
              found.forEach(OUTCOMES::add);
              return null;
            });
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return result;
  }
}
