package dev.tidegate.transforms;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventOutcomeCoder;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveCopies;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.ArchivedEvent;
import dev.tidegate.transforms.archive.WriteArchive;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.testing.TestStream;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streamed rows and loaded ones read back the same, and nothing is lost. */
class ArchiveInBigQueryIT {
  private static final RawEvent EVENT =
      RawEvents.of("valid", "container.updated", "").toBuilder()
          .attributes(
              Map.of(
                  "tenant_id", "default",
                  "signature_valid", "true",
                  "subject", "quote\" line\n nul\0 ü 🚢",
                  "received_at", "2026-01-31T11:00:00.123456Z"))
          .body(
              """
              {"data": {"id": "valid", "attributes": {"created_at": "2026-01-30T10:00:00.5Z"}},
               "numbers": [1.50, 1e2, 18446744073709551615, -0.0],
               "texts": ["\\"", "\\u0001", "ü", "a\\\\b"], "empty": [{}, [], "", null, true]}
              """
                  .getBytes(UTF_8))
          .build();

  private static final RawEvent UNREADABLE =
      RawEvents.of("unreadable", "?", "").toBuilder()
          .notificationId(Optional.empty())
          .eventType(Optional.empty())
          .body(new byte[] {0, (byte) 0xff, '\n'})
          .build();

  private static final RawEvent POISON = RawEvents.of("poison", "t.x", "{ \"a\": \"secret\" }");

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsStoredReadsBackTheSame(boolean loaded) throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("none", 0);
    archive(loaded ? bigQuery.loaded() : bigQuery.streamed(), EVENT, UNREADABLE);

    Map<String, ObjectNode> rows = rowsOf(bigQuery, "raw_events");
    assertThat(rows).containsOnlyKeys("valid", "pubsub-message:message-unreadable");
    ObjectNode valid = rows.get("valid");
    assertThat(json(valid, "payload")).isEqualTo(Json.parse(EVENT.body()));
    assertThat(json(valid, "attributes")).isEqualTo(Json.mapper().valueToTree(EVENT.attributes()));
    assertThat(valid.get("subject").asText()).isEqualTo("quote\" line\n nul\0 ü 🚢");
    assertThat(valid.get("payload_bytes").asInt()).isEqualTo(EVENT.body().length);
    assertThat(valid.get("signature_valid").asText()).isEqualTo("true");
    assertThat(valid.get("event_category").asText()).isEqualTo("container");
    assertThat(time(valid, "received_at")).isEqualTo(Instant.parse("2026-01-31T11:00:00.123456Z"));
    assertThat(time(valid, "event_timestamp")).isEqualTo(Instant.parse("2026-01-30T10:00:00.5Z"));
    assertThat(valid.has("replay_id")).isFalse();

    RawEvent unreadable = readBack(rows.get("pubsub-message:message-unreadable"));
    assertThat(unreadable).isEqualTo(UNREADABLE);
    assertThat(readBack(valid).bodySha256()).isEqualTo(EVENT.bodySha256());
    assertThat(readBack(valid).attributes()).isEqualTo(EVENT.attributes());
  }

  @Test
  void aRefusedRowBecomesADeadLetterAndTheOthersAreStored() throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("poison", 0);
    Archive archive = bigQuery.streamed();
    Pipeline pipeline = pipeline();
    PAssert.that(
            pipeline
                .apply(stream(RawEventCoder.of(), EVENT, POISON, UNREADABLE))
                .apply("ArchiveRaw", ArchiveRaw.to(archive, EventSources.installed())))
        .satisfies(
            letters -> {
              List<DeadLetter> all = new ArrayList<>();
              letters.forEach(all::add);
              assertThat(all).singleElement().satisfies(ArchiveInBigQueryIT::isOfPoison);
              return null;
            });
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();

    assertThat(rowsOf(bigQuery, "raw_events"))
        .containsOnlyKeys("valid", "pubsub-message:message-unreadable");
    assertThat(CountedMetrics.of(result)).containsEntry("archive_rows_refused", 1L);
  }

  /**
   * One by one up to 19 rows are given up before the table is found out: so here they come
   * together.
   */
  @Test
  void aTableThatRefusesEveryRowIsWaitedFor() throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start(FakeBigQuery.ALL, 0);
    Archive archive = bigQuery.streamed();
    List<RawEvent> events = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      events.add(EVENT.toBuilder().notificationId("n" + i).build());
    }
    List<DeadLetter> letters = Collections.synchronizedList(new ArrayList<>());
    LETTERS.set(letters);

    assertThatThrownBy(() -> archiveTogether(archive, events))
        .hasStackTraceContaining("raw_events refuses every row")
        .hasStackTraceContaining("Mend the table")
        .satisfies(failure -> assertThat(failure.toString()).doesNotContain("secret"));
    assertThat(letters).hasSizeLessThan(RefusalHistory.ENOUGH);
    assertThat(RefusalHistory.problems())
        .anySatisfy(problem -> assertThat(problem).contains("raw_events refuses every row"));

    FakeBigQuery.mend();
    letters.clear();
    archiveTogether(archive, events);
    assertThat(letters).isEmpty();
    assertThat(bigQuery.rowsOf("raw_events")).hasSize(40);
    assertThat(RefusalHistory.problems()).noneMatch(problem -> problem.contains("raw_events"));
  }

  /** That is told by its columns, of the first row already. */
  @Test
  void aTableWithOtherColumnsIsWaitedForFromTheFirstRowOn() throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("none", 0);
    archive(bigQuery.streamed(), EVENT);
    Table changed = bigQuery.table("raw_events").clone();
    List<TableFieldSchema> columns = new ArrayList<>();
    for (TableFieldSchema column : changed.getSchema().getFields()) {
      columns.add(column.getName().equals("subject") ? column.clone().setType("INTEGER") : column);
    }
    FakeBigQuery second = FakeBigQuery.start("valid", 0);
    second.create(changed.setSchema(new TableSchema().setFields(columns)));

    assertThatThrownBy(() -> archive(second.streamed(), EVENT, UNREADABLE))
        .hasStackTraceContaining("the column subject must be STRING and is INTEGER");
  }

  /** The DirectRunner runs in this JVM. */
  private static final AtomicReference<List<DeadLetter>> LETTERS = new AtomicReference<>();

  private void archiveTogether(Archive archive, List<RawEvent> events) {
    Pipeline pipeline = pipeline();
    pipeline
        .apply(
            TestStream.create(RawEventCoder.of())
                .addElements(
                    events.get(0), events.subList(1, events.size()).toArray(RawEvent[]::new))
                .advanceProcessingTime(org.joda.time.Duration.standardSeconds(10))
                .advanceWatermarkToInfinity())
        .apply("ArchiveRaw", ArchiveRaw.to(archive, EventSources.installed()))
        .apply(
            "Letters",
            MapElements.into(TypeDescriptors.voids())
                .via(
                    letter -> {
                      LETTERS.get().add(letter);
                      return null;
                    }));
    pipeline.run().waitUntilFinish();
  }

  /** With the original attributes and hash, and all of the body but its white space. */
  private static void isOfPoison(DeadLetter letter) {
    assertThat(letter.event())
        .isEqualTo(
            POISON.toBuilder()
                .body("{\"a\":\"secret\"}".getBytes(UTF_8))
                // The body names no type.
                .typeFromAttribute(true)
                .build(POISON.bodySha256()));
    assertThat(letter.stage()).isEqualTo("ArchiveRaw");
    assertThat(letter.errorClass()).isEqualTo(ErrorClass.ARCHIVE_REJECTED);
    assertThat(letter.errorMessage())
        .startsWith("BigQuery refused the row")
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTableWithOneMoreColumnWorks(boolean loaded) throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("none", 0);
    archive(loaded ? bigQuery.loaded() : bigQuery.streamed(), EVENT);
    Table evolved = bigQuery.table("raw_events").clone();
    List<TableFieldSchema> columns = new ArrayList<>(evolved.getSchema().getFields());
    columns.add(3, new TableFieldSchema().setName("added").setType("STRING").setMode("NULLABLE"));
    FakeBigQuery second = FakeBigQuery.start("none", 0);
    second.create(evolved.setSchema(new TableSchema().setFields(columns)));
    RawEvent withNewAttribute =
        EVENT.toBuilder().attributes(Map.of("never_seen_before", "value")).build();
    archive(loaded ? second.loaded() : second.streamed(), withNewAttribute);

    ObjectNode row = rowsOf(second, "raw_events").get("valid");
    assertThat(json(row, "attributes").path("never_seen_before").asText()).isEqualTo("value");
    assertThat(row.path("added").isMissingNode()).isTrue();
    assertThat(readBack(row).attributes()).isEqualTo(withNewAttribute.attributes());
  }

  @Test
  void tablesAreCreatedPartitionedAndClustered() throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("none", 0);
    Archive archive = bigQuery.streamed();
    archive(archive, EVENT);
    archiveOutcomes(archive, EventOutcome.failed(letter("bad")));

    Table raw = bigQuery.table("raw_events");
    assertThat(raw.getTimePartitioning().getType()).isEqualTo("DAY");
    assertThat(raw.getTimePartitioning().getField()).isEqualTo("received_at");
    assertThat(raw.getClustering().getFields()).containsExactly("tenant_id", "event_type");
    assertThat(raw.getSchema().getFields())
        .filteredOn(column -> column.getName().equals("payload_sha256"))
        .singleElement()
        .satisfies(
            column -> {
              assertThat(column.getType()).isEqualTo("STRING");
              assertThat(column.getMode()).isEqualTo("REQUIRED");
              assertThat(column.getDescription()).contains("SHA-256");
            });
    Table outcomes = bigQuery.table("event_outcomes");
    assertThat(outcomes.getTimePartitioning().getField()).isEqualTo("processed_at");
    assertThat(outcomes.getClustering().getFields()).containsExactly("tenant_id", "event_type");
  }

  /** A dead letter stands in PostgreSQL: of what BigQuery refuses nothing else is made. */
  @Test
  void refusedLettersAreCounted() throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("poison", 0);
    PipelineResult result =
        archiveOutcomes(
            bigQuery.streamed(),
            EventOutcome.failed(letter("good")),
            EventOutcome.failed(letter("poison")));

    assertThat(rowsOf(bigQuery, "event_outcomes")).containsOnlyKeys("good");
    assertThat(CountedMetrics.of(result)).containsEntry("archive_rows_refused", 1L);
  }

  @Test
  void aLoadJobThatFailsIsRepeated() throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("none", 2);
    archive(bigQuery.loaded(), EVENT, UNREADABLE);

    assertThat(bigQuery.rowsOf("raw_events")).hasSize(2);
  }

  /** A load job would fail as a whole. */
  @Test
  void aRowThatALoadJobWouldRefuseIsFoundBefore() throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("none", 0);
    Pipeline pipeline = pipeline();
    PAssert.that(
            pipeline
                .apply(stream(RawEventCoder.of(), EVENT, POISON))
                .apply(
                    "Write",
                    WriteArchive.to(
                        bigQuery.loaded(), poisonedTable(), PipelineMetrics.EVENTS_ARCHIVED)))
        .satisfies(
            refused -> {
              assertThat(refused)
                  .singleElement()
                  .satisfies(
                      row -> {
                        assertThat(row.reason()).isEqualTo("column payload_bytes must be INTEGER");
                        assertThat(row.json()).contains("\"notification_id\":\"poison\"");
                      });
              return null;
            });
    pipeline.run().waitUntilFinish();

    assertThat(rowsOf(bigQuery, "raw_events")).containsOnlyKeys("valid");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsBoundedIsArchivedToo(boolean loaded) throws Exception {
    FakeBigQuery bigQuery = FakeBigQuery.start("none", 0);
    Pipeline pipeline = pipeline();
    pipeline
        .apply(Create.of(EVENT, UNREADABLE).withCoder(RawEventCoder.of()))
        .apply(
            "ArchiveRaw",
            ArchiveRaw.to(
                loaded ? bigQuery.loaded() : bigQuery.streamed(), EventSources.installed()));
    pipeline.run().waitUntilFinish();
    assertThat(bigQuery.rowsOf("raw_events")).hasSize(2);
  }

  private static DeadLetter letter(String id) {
    return DeadLetter.builder()
        .event(RawEvents.of(id, "t", "{}"))
        .stage("Decode")
        .errorClass(ErrorClass.UNDECODABLE)
        .errorMessage("wrong")
        .failedAt(Instant.parse("2026-02-01T00:00:00.000001Z"))
        .build();
  }

  private Pipeline pipeline() {
    PipelineOptions options = PipelineOptionsFactory.create();
    options.setTempLocation(temp.toString());
    return Pipeline.create(options);
  }

  /** Elements arrive one by one, each in a bundle of its own. */
  @SafeVarargs
  private static <T> TestStream<T> stream(Coder<T> coder, T... elements) {
    TestStream.Builder<T> stream = TestStream.create(coder);
    for (T element : elements) {
      stream = stream.addElements(element);
    }
    return stream
        .advanceProcessingTime(org.joda.time.Duration.standardSeconds(10))
        .advanceWatermarkToInfinity();
  }

  private PipelineResult archive(Archive archive, RawEvent... events) {
    Pipeline pipeline = pipeline();
    pipeline
        .apply(stream(RawEventCoder.of(), events))
        .apply("ArchiveRaw", ArchiveRaw.to(archive, EventSources.installed()));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return result;
  }

  private PipelineResult archiveOutcomes(Archive archive, EventOutcome... outcomes) {
    Pipeline pipeline = pipeline();
    pipeline
        .apply(stream(EventOutcomeCoder.of(), outcomes))
        .apply("ArchiveOutcomes", ArchiveCopies.ofOutcomes(archive));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return result;
  }

  /** By notification ID. Numbers and truth values may be texts: the fake's Storage API says so. */
  private static Map<String, ObjectNode> rowsOf(FakeBigQuery bigQuery, String table)
      throws IOException, InterruptedException {
    Map<String, ObjectNode> rows = new TreeMap<>();
    for (TableRow row : bigQuery.rowsOf(table)) {
      ObjectNode columns = Json.mapper().valueToTree(row);
      rows.put(columns.path("notification_id").asText(), columns);
    }
    return rows;
  }

  private static JsonNode json(ObjectNode row, String column) throws IOException {
    JsonNode value = row.get(column);
    return Json.parse((value.isTextual() ? value.textValue() : Json.write(value)).getBytes(UTF_8));
  }

  private static Instant time(ObjectNode row, String column) {
    String text = row.get(column).asText();
    return Instant.parse(text.endsWith("Z") ? text : text.replace(" ", "") + "Z");
  }

  private static RawEvent readBack(ObjectNode row) throws IOException {
    return ArchivedEvent.of(
        row.deepCopy().put("publish_time", time(row, "publish_time").toString()));
  }

  /** Raw events; of the poison a text where the table has a number. */
  private static ArchiveTable<RawEvent> poisonedTable() {
    ArchiveTable<RawEvent> format = ArchiveTable.rawEvents(EventSources.installed());
    return new ArchiveTable<>(
        format.name(),
        format.timeColumn(),
        format.clusteringColumns(),
        format.time(),
        (event, row) -> {
          format.write(event, row);
          if (event.equals(POISON)) {
            row.text("payload_bytes", "secret");
          }
        });
  }
}
