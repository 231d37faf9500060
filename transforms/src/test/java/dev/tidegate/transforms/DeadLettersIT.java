package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What failed for good is kept to be repaired, and what operators decided stays decided. */
class DeadLettersIT {
  private static final byte[] BODY = {0, (byte) 0xff, '\\', '\n'};

  private static final RawEvent EVENT =
      RawEvents.of("n1", "container.updated", "").toBuilder().body(BODY).build();

  static final TestDatabase DATABASE = TestDatabase.create();

  @TempDir Path folder;

  @BeforeEach
  void empty() throws SQLException {
    DATABASE.execute("TRUNCATE events, event_dead_letters");
  }

  @Test
  void aLetterHoldsTheOriginalBytesAndAttributes() throws SQLException {
    keep(EVENT);

    assertThat(letter("encode(body, 'hex')")).isEqualTo(HexFormat.of().formatHex(BODY));
    assertThat(letter("attributes ->> 'source'")).isEqualTo("terminal49");
    assertThat(letter("concat_ws(' ', status, stage, error_class, error_message)"))
        .isEqualTo("OPEN Decode UNDECODABLE not JSON");
  }

  @Test
  void theLedgerRecordsIt() throws SQLException {
    keep(EVENT);

    assertThat(DATABASE.query("SELECT notification_id || ' ' || status FROM events"))
        .isEqualTo("n1 DEAD_LETTER");
  }

  @Test
  void theFilesHoldItToo() throws SQLException, IOException {
    keep(EVENT, EVENT.toBuilder().notificationId("n2").tenantId("acme").build());

    JsonNode line = onlyLineOf("default");
    assertThat(line.get("notification_id").asText()).isEqualTo("n1");
    assertThat(line.get("body").binaryValue()).isEqualTo(BODY);
    assertThat(line.get("error_class").asText()).isEqualTo("UNDECODABLE");
    assertThat(onlyLineOf("acme").get("notification_id").asText()).isEqualTo("n2");
  }

  @Test
  void aLateRepeatDoesNotReopenADiscardedLetter() throws SQLException {
    keep(EVENT);
    DATABASE.execute("UPDATE event_dead_letters SET status = 'DISCARDED'");
    keep(EVENT);

    assertThat(letter("status || attempts")).isEqualTo("DISCARDED2");
  }

  @Test
  void aRebuildFromTheArchiveDoesNotEither() throws SQLException {
    keep(EVENT);
    DATABASE.execute("UPDATE event_dead_letters SET status = 'DISCARDED'");
    keep(EVENT.toBuilder().attributes(Map.of("replay_id", "r1")).build());

    assertThat(letter("status || attempts")).isEqualTo("DISCARDED2");
  }

  @Test
  void aReplayOfTheLetterThatFailsDoes() throws SQLException {
    keep(EVENT);
    DATABASE.execute("UPDATE event_dead_letters SET status = 'DISCARDED'");
    keep(
        EVENT.toBuilder()
            .attributes(Map.of("replay_id", "r1", "dead_letter_id", letter("dead_letter_id")))
            .build());

    assertThat(letter("status || attempts")).isEqualTo("OPEN2");
  }

  /** More than one transaction takes. */
  @Test
  void everyLetterOfALargeBundleIsKept() throws SQLException {
    RawEvent[] events = new RawEvent[450];
    for (int i = 0; i < events.length; i++) {
      events[i] = EVENT.toBuilder().notificationId("n" + i).build();
    }
    keep(events);

    assertThat(letter("count(*)")).isEqualTo("450");
  }

  /** 30 are many: but letters wait for nothing that the archive has of them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 30})
  void whatPostgresqlRefusesIsArchivedAndCountedAndTheOthersAreKept(int refused)
      throws SQLException, IOException {
    DATABASE.execute(
        "ALTER TABLE event_dead_letters ADD CONSTRAINT strict CHECK (notification_id !~ 'bad')");
    try {
      RawEvent[] events = new RawEvent[100];
      for (int i = 0; i < events.length; i++) {
        String id = (i < refused ? "bad" : "good") + i;
        events[i] = EVENT.toBuilder().notificationId(id).build();
      }
      PipelineResult result = keep(events);

      assertThat(letter("count(*)")).isEqualTo(Integer.toString(100 - refused));
      // The runner adds up what bundles counted in its own time.
      await()
          .untilAsserted(
              () ->
                  assertThat(CountedMetrics.of(result))
                      .containsEntry("events_dead_lettered", 100L - refused)
                      .containsEntry("dead_letters_refused", (long) refused));
      assertThat(archivedLines("dead_letters")).isEqualTo(100);
      assertThat(archivedLines("event_outcomes")).isEqualTo(100);
    } finally {
      DATABASE.execute("ALTER TABLE event_dead_letters DROP CONSTRAINT strict");
    }
  }

  @Test
  void aLetterOutlivesALedgerRowThatIsRefused() throws SQLException {
    DATABASE.execute(
        """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.notification_id = 'bad' THEN RAISE EXCEPTION 'no'; END IF;
          RETURN NEW;
        END $$
        """,
        "CREATE TRIGGER refuse BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse()");
    try {
      keep(EVENT, EVENT.toBuilder().notificationId("bad").build());
      assertThat(letter("string_agg(notification_id, ' ' ORDER BY notification_id)"))
          .isEqualTo("bad n1");
      assertThat(DATABASE.query("SELECT string_agg(notification_id, ' ') FROM events"))
          .isEqualTo("n1");
    } finally {
      DATABASE.execute("DROP FUNCTION refuse() CASCADE");
    }
  }

  private long archivedLines(String table) throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve(table))) {
      long lines = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try (Stream<String> all = Files.lines(file)) {
          lines += all.count();
        }
      }
      return lines;
    }
  }

  private static String letter(String expression) throws SQLException {
    return DATABASE.query("SELECT " + expression + " FROM event_dead_letters");
  }

  private PipelineResult keep(RawEvent... events) {
    List<DeadLetter> letters =
        Stream.of(events)
            .map(
                event ->
                    DeadLetter.builder()
                        .event(event)
                        .stage("Decode")
                        .errorClass(ErrorClass.UNDECODABLE)
                        .errorMessage("not JSON")
                        .failedAt(Instant.parse("2026-02-01T00:00:00Z"))
                        .build())
            .toList();
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(Create.of(letters).withCoder(DeadLetterCoder.of()))
        .apply(
            "DeadLetters",
            DeadLetters.in(TestConfiguration.of(DATABASE), EventSources.installed())
                .copiedTo(new Archive.Files(folder.toString()), Optional.empty()));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return result;
  }

  private JsonNode onlyLineOf(String tenant) throws IOException {
    List<JsonNode> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder.resolve("dead_letters/failed_date=2026-02-01"))) {
      for (Path file : files.toList()) {
        for (String line : Files.readAllLines(file)) {
          found.add(Json.parse(line.getBytes(UTF_8)));
        }
      }
    }
    found.removeIf(line -> !line.get("tenant_id").asText().equals(tenant));
    assertThat(found).hasSize(1);
    return found.get(0);
  }
}
