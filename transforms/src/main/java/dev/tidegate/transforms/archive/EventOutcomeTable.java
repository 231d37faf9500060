package dev.tidegate.transforms.archive;

import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.RawEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** {@code event_outcomes}: what became of every event, each time. */
public final class EventOutcomeTable implements ArchiveTable<EventOutcome> {
  private static final long serialVersionUID = 1L;

  @Override
  public String name() {
    return "event_outcomes";
  }

  @Override
  public String timeColumn() {
    return "processed_at";
  }

  @Override
  public List<String> clusteringColumns() {
    return List.of("tenant_id", "event_type");
  }

  @Override
  public Instant timeOf(EventOutcome outcome) {
    return outcome.processedAt();
  }

  @Override
  public void write(EventOutcome outcome, ArchiveRow row) throws IOException {
    RawEvent event = outcome.event();
    row.text("notification_id", event.identity())
        .text("tenant_id", event.tenantId())
        .text("source", event.source())
        .text("event_type", event.eventType())
        .text("payload_sha256", event.bodySha256())
        .text("status", outcome.status().name())
        .text("stage", outcome.stage())
        .text("error_class", outcome.errorClass().map(Enum::name))
        .text("fingerprint", outcome.fingerprint())
        .text("message_id", event.messageId())
        .time("publish_time", event.publishTime())
        .time("received_at", event.receivedAt())
        .time("processed_at", outcome.processedAt())
        .decimal("processing_duration_ms", outcome.processingDurationMillis())
        .decimal("latency_ms", outcome.latencyMillis())
        .attribute(event, EventAttributes.REPLAY_ID)
        .text("pipeline_version", PipelineVersion.TEXT);
  }
}
