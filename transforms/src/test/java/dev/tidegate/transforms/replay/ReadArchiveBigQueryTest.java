package dev.tidegate.transforms.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.api.services.bigquery.model.Table;
import com.google.api.services.bigquery.model.TableFieldSchema;
import com.google.api.services.bigquery.model.TableRow;
import com.google.api.services.bigquery.model.TableSchema;
import dev.tidegate.schemas.RawEvent;
import java.nio.file.Path;
import java.util.Arrays;
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
  void rowsBecomeEventsWithTheirHash() throws Exception {
    TableRow json = row("n1").set("payload", "{\"a\":1.50}");
    TableRow bytes =
        row("pubsub-message:m9")
            .set("message_id", "m9")
            .set("event_type", null)
            .set("body", Base64.getEncoder().encodeToString(new byte[] {0, 1, 2}));
    GcpOptions options = PipelineOptionsFactory.create().as(GcpOptions.class);
    options.setProject("project");
    options.setTempLocation(temporary.toString());
    Pipeline pipeline = Pipeline.create(options);

    PAssert.that(
            pipeline.apply(
                "Read",
                ReadArchiveBigQuery.forTest(
                    FakeBigQueryServices.encodeQueryResult(
                        new Table().setSchema(schema()), List.of(json, bytes)),
                    new FakeBigQueryServices()
                        .withJobService(new FakeJobService())
                        .withDatasetService(new FakeDatasetService()))))
        .containsInAnyOrder(
            ReplayAttributes.ofArchived(
                event()
                    .notificationId("n1")
                    .eventType("container.updated")
                    .messageId("m1")
                    .body("{\"a\":1.50}".getBytes(UTF_8))
                    .build(HASH)),
            ReplayAttributes.ofArchived(
                event().messageId("m9").body(new byte[] {0, 1, 2}).build(HASH)));
    pipeline.run().waitUntilFinish();
  }

  private static RawEvent.Builder event() {
    return RawEvent.builder()
        .tenantId("acme")
        .source("terminal49")
        .publishTime(ReplayEvents.PUBLISHED)
        .attributes(Map.of("tenant_id", "acme"));
  }

  private static TableRow row(String id) {
    return new TableRow()
        .set("notification_id", id)
        .set("tenant_id", "acme")
        .set("source", "terminal49")
        .set("event_type", "container.updated")
        .set("payload_sha256", HASH)
        .set("message_id", "m1")
        .set("attributes", "{\"tenant_id\":\"acme\"}")
        .set("publish_time", "2026-01-31T12:00:00.000000Z");
  }

  /** What the query selects: texts. */
  private static TableSchema schema() {
    return new TableSchema()
        .setFields(
            Arrays.stream(
                    ("notification_id tenant_id source event_type payload_sha256 message_id body"
                            + " payload attributes publish_time")
                        .split(" ", -1))
                .map(name -> new TableFieldSchema().setName(name).setType("STRING"))
                .toList());
  }
}
