package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveCopies;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DeadLetterWriter;
import dev.tidegate.transforms.postgresql.DiscardedLetters;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import dev.tidegate.transforms.postgresql.TransientRetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.coders.VarLongCoder;
import org.apache.beam.sdk.testing.TestStream;
import org.apache.beam.sdk.transforms.ParDo;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators discard in PostgreSQL is an outcome in the archive. */
class ArchiveDiscardsIT {
  static final TestDatabase DATABASE = TestDatabase.create();

  private static final Instant FAILED = Instant.parse("2026-01-02T03:04:05Z");
  private static final String DISCARD =
      "UPDATE event_dead_letters SET status = 'DISCARDED', discarded_at = '%s'"
          + " WHERE notification_id = '%s'";

  @TempDir private Path archive;
  private ConnectionPool pool;
  private DiscardedLetters letters;

  @BeforeEach
  void empty() throws SQLException {
    DATABASE.execute("TRUNCATE event_dead_letters, events");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
    letters = new DiscardedLetters(pool);
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private void fail(String... ids) throws SQLException {
    DeadLetterWriter writer =
        new DeadLetterWriter(
            pool, new TransientRetry(PipelineMetrics.SQL_LISTENER), EventSources.installed());
    for (String id : ids) {
      RawEvent event = RawEvents.of(id, "container.updated", "{\"a\":1}");
      assertThat(
              writer.write(
                  List.of(
                      DeadLetter.builder()
                          .event(event)
                          .stage("Validate")
                          .errorClass(DeadLetter.ErrorClass.INVALID)
                          .errorMessage("wrong")
                          .failedAt(FAILED)
                          .build())))
          .isEmpty();
    }
  }

  private List<String> unknown() throws SQLException {
    return letters.unknown(List.of()).stream()
        .map(
            discard -> discard.outcome().event().identity() + " " + discard.outcome().processedAt())
        .toList();
  }

  @Test
  void onlyWhatIsDiscardedAndNotKnownYetIsRead() throws SQLException {
    fail("open", "first", "second");
    DATABASE.execute(
        DISCARD.formatted("2026-01-03T00:00:00.123456Z", "second"),
        DISCARD.formatted("2026-01-02T12:00:00Z", "first"));
    assertThat(unknown())
        .containsExactly("first 2026-01-02T12:00:00Z", "second 2026-01-03T00:00:00.123456Z");
    List<DiscardedLetters.Discard> read = letters.unknown(List.of());
    assertThat(letters.unknown(read)).as("besides those on their way").isEmpty();
    letters.setArchived(read.subList(1, 2));
    assertThat(unknown()).containsExactly("first 2026-01-02T12:00:00Z");
    letters.setArchived(read);
    assertThat(unknown()).isEmpty();
  }

  /** It stays discarded, and the archive has just been told that it failed. */
  @Test
  void aDiscardedLetterThatFailsOnceMoreIsToldAgain() throws SQLException {
    fail("a");
    DATABASE.execute(DISCARD.formatted("2026-01-03T00:00:00Z", "a"));
    letters.setArchived(letters.unknown(List.of()));
    Instant before = Instant.now().minusSeconds(60);
    fail("a");
    assertThat(letters.unknown(List.of()))
        .singleElement()
        .satisfies(again -> assertThat(again.outcome().processedAt()).isAfter(before));
  }

  @Test
  void theArchiveHasARowOfEachDiscardWithTheLettersReason() throws Exception {
    fail("a", "open");
    DATABASE.execute(DISCARD.formatted("2026-01-03T00:00:00Z", "a"));
    tick(TestConfiguration.of(DATABASE), Duration.ofHours(1));

    JsonNode row = onlyRow();
    assertThat(row.path("notification_id").textValue()).isEqualTo("a");
    assertThat(row.path("status").textValue()).isEqualTo("DISCARDED");
    assertThat(row.path("processed_at").textValue()).startsWith("2026-01-03T00:00:00");
    assertThat(row.path("stage").textValue()).isEqualTo("Validate");
    assertThat(row.path("error_class").textValue()).isEqualTo("INVALID");
    assertThat(row.path("fingerprint").textValue())
        .isEqualTo(
            DATABASE.query(
                "SELECT fingerprint FROM event_dead_letters WHERE notification_id = 'a'"));
    assertThat(row.path("payload_sha256").textValue())
        .isEqualTo(RawEvents.of("a", "container.updated", "{\"a\":1}").bodySha256());
    assertThat(unknown()).as("it may still be on its way").hasSize(1);
  }

  @Test
  void whatHasHadTheTimeToArriveIsNotSentAgain() throws Exception {
    fail("a");
    DATABASE.execute(DISCARD.formatted("2026-01-03T00:00:00Z", "a"));
    ArchiveDiscards.ReadDiscardsFn read =
        new ArchiveDiscards.ReadDiscardsFn(TestConfiguration.of(DATABASE), Duration.ZERO);
    Map<String, Integer> sent = new java.util.TreeMap<>();
    read.setup();
    try {
      for (int tick = 0; tick < 3; tick++) {
        read.readAt(tick, outcome -> sent.merge(outcome.event().identity(), 1, Integer::sum));
      }
    } finally {
      read.teardown();
    }
    assertThat(sent).containsExactly(Map.entry("a", 1));
    assertThat(unknown()).isEmpty();
  }

  @Test
  void aDatabaseThatRefusesFailsNoJob() throws Exception {
    DatabaseConfiguration database = TestConfiguration.of(DATABASE);
    PipelineResult result =
        tick(
            new DatabaseConfiguration(database.jdbcUrl(), "nobody", database.password(), 1),
            Duration.ofHours(1));
    assertThat(result.getState()).isEqualTo(PipelineResult.State.DONE);
  }

  private PipelineResult tick(DatabaseConfiguration database, Duration onItsWay) {
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(
            TestStream.create(VarLongCoder.of()).addElements(0L, 1L).advanceWatermarkToInfinity())
        .apply(ParDo.of(new ArchiveDiscards.ReadDiscardsFn(database, onItsWay)))
        .setCoder(dev.tidegate.schemas.EventOutcomeCoder.of())
        .apply("Archive", ArchiveCopies.ofOutcomes(new Archive.Files(archive.toString())));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return result;
  }

  private JsonNode onlyRow() throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.walk(archive)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    assertThat(lines).hasSize(1);
    return Json.parse(lines.get(0).getBytes(UTF_8));
  }
}
