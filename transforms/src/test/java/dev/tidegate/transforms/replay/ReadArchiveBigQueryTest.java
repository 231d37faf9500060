package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.api.services.bigquery.model.JobStatistics;
import com.google.api.services.bigquery.model.JobStatistics2;
import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReplayAttributes;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.extensions.gcp.options.GcpOptions;
import org.apache.beam.sdk.io.gcp.testing.FakeBigQueryServices;
import org.apache.beam.sdk.io.gcp.testing.FakeDatasetService;
import org.apache.beam.sdk.io.gcp.testing.FakeJobService;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.testing.PAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A filter becomes a query, and the query's rows the events that were archived. */
class ReadArchiveBigQueryTest {
  private static final String HASH = "0123456789abcdef".repeat(4);

  @TempDir Path temporary;

  @BeforeEach
  void setUp() {
    FakeDatasetService.setUp();
    FakeJobService.setUp();
  }

  @Test
  void aRowWithAPayloadBecomesItsEvent() throws Exception {
    reads(
        row("n1").set("event_type", "container.updated").set("payload", "{\"a\":1.50}"),
        event()
            .notificationId("n1")
            .eventType("container.updated")
            .body("{\"a\":1.50}".getBytes(UTF_8))
            .build(HASH));
  }

  @Test
  void aRowWithABodyAndWithoutAnIdBecomesItsEvent() throws Exception {
    reads(
        row("pubsub-message:m1")
            .set("body", Base64.getEncoder().encodeToString(new byte[] {0, 1, 2})),
        event().body(new byte[] {0, 1, 2}).build(HASH));
  }

  @Test
  void everyFilterIsACondition() {
    ReplayFilter filter =
        new ReplayFilter(
            new TimeRange(
                Instant.parse("2026-01-31T00:00:00Z"), Instant.parse("2026-02-01T00:00:00Z")),
            Set.of("acme"),
            Set.of("terminal49"),
            Set.of("container.updated", "container.created"),
            Set.of("n1"));

    assertThat(ReadArchiveBigQuery.queryOf("my-project.tidegate", filter))
        .startsWith("SELECT notification_id, tenant_id, source, event_type,")
        .endsWith(
            " FROM `my-project.tidegate.raw_events`"
                + " WHERE received_at >= TIMESTAMP '2026-01-31T00:00:00Z'"
                + " AND received_at < TIMESTAMP '2026-02-01T00:00:00Z'"
                + " AND tenant_id IN ('acme')"
                + " AND source IN ('terminal49')"
                + " AND event_type IN ('container.created', 'container.updated')"
                + " AND notification_id IN ('n1')");
  }

  @Test
  void thePartitionsColumnIsAlwaysAskedFor() {
    assertThat(ReadArchiveBigQuery.queryOf("tidegate", ReplayFilter.EVERYTHING))
        .endsWith(
            " FROM `tidegate.raw_events` WHERE received_at >= TIMESTAMP '0001-01-01T00:00:00Z'");
  }

  @Test
  void valuesCannotLeaveTheirLiterals() {
    assertThat(ReadArchiveBigQuery.literal("a' OR \\ \n`é\uD83D\uDE00"))
        .isEqualTo("'a\\U00000027 OR \\U0000005c \\U0000000a\\U00000060\\U000000e9\\U0001f600'");
  }

  @Test
  void datasetsAreNamesAndNothingElse() {
    assertThat(ReadArchiveBigQuery.isDataset("tidegate")).isTrue();
    assertThat(ReadArchiveBigQuery.isDataset("my-project:tidegate")).isTrue();
    assertThat(
            ReadArchiveBigQuery.queryOf("example.com:my-project.tidegate", ReplayFilter.EVERYTHING))
        .contains("`example.com:my-project.tidegate.raw_events`");
    assertThatThrownBy(() -> ReadArchiveBigQuery.queryOf("a` --", ReplayFilter.EVERYTHING))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void reads(TableRow row, RawEvent event) throws Exception {
    GcpOptions options = PipelineOptionsFactory.create().as(GcpOptions.class);
    options.setProject("project");
    options.setTempLocation(temporary.toString());
    Pipeline pipeline = Pipeline.create(options);
    // The fake takes a query's result for the query.
    String query =
        FakeBigQueryServices.encodeQueryResult(new Table().setSchema(schemaOf(row)), List.of(row));
    FakeJobService jobs = new FakeJobService();
    jobs.expectDryRunQuery(
        "project",
        query,
        new JobStatistics()
            .setQuery(
                new JobStatistics2().setTotalBytesProcessed(1L).setReferencedTables(List.of())));

    PAssert.that(
            pipeline.apply(
                "Read",
                new ReadArchiveBigQuery(
                    query,
                    new FakeBigQueryServices()
                        .withJobService(jobs)
                        .withDatasetService(new FakeDatasetService()))))
        .containsInAnyOrder(ReplayAttributes.ofArchived(event));
    pipeline.run().waitUntilFinish();
  }

  private static RawEvent.Builder event() {
    return RawEvent.builder()
        .tenantId("acme")
        .source("terminal49")
        .messageId("m1")
        .publishTime(ReplayEvents.PUBLISHED)
        .attributes(Map.of("tenant_id", "acme"));
  }

  private static TableRow row(String id) {
    return new TableRow()
        .set("notification_id", id)
        .set("tenant_id", "acme")
        .set("source", "terminal49")
        .set("payload_sha256", HASH)
        .set("message_id", "m1")
        .set("attributes", "{\"tenant_id\":\"acme\"}")
        .set("publish_time", "2026-01-31T12:00:00.000000Z");
  }

  /** What the query selects: texts. The fake wants a value for each column. */
  private static TableSchema schemaOf(TableRow row) {
    return new TableSchema()
        .setFields(
            row.keySet().stream()
                .map(name -> new TableFieldSchema().setName(name).setType("STRING"))
                .toList());
  }
}
