package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.api.services.bigquery.model.JobStatistics;
import com.google.api.services.bigquery.model.JobStatistics2;
import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReplayAttributes;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
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

/** The query's rows become the events that were archived. */
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
                ReadArchiveBigQuery.forTest(
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
