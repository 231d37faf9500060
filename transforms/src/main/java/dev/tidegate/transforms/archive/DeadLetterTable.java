package dev.tidegate.transforms.archive;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.RawEvent;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** {@code dead_letters}: every event that failed for good, as it came, and why. */
public final class DeadLetterTable implements ArchiveTable<DeadLetter> {
  private static final long serialVersionUID = 1L;

  @Override
  public String name() {
    return "dead_letters";
  }

  @Override
  public String timeColumn() {
    return "failed_at";
  }

  @Override
  public List<String> clusteringColumns() {
    return List.of("tenant_id", "error_class");
  }

  @Override
  public Instant timeOf(DeadLetter letter) {
    return letter.failedAt();
  }

  @Override
  public void write(DeadLetter letter, ArchiveRow row) throws IOException {
    RawEvent event = letter.event();
    row.text("notification_id", event.identity())
        .text("tenant_id", event.tenantId())
        .text("source", event.source())
        .text("event_type", event.eventType())
        .text("stage", letter.stage())
        .text("error_class", letter.errorClass().name())
        .text("error_message", letter.errorMessage())
        .text("fingerprint", letter.fingerprint())
        .text("stack_trace", letter.stackTrace())
        .number("attempts", letter.attempts())
        .text("handler_version", PipelineVersion.TEXT)
        .body(event)
        .map("attributes", event.attributes())
        .text("message_id", event.messageId())
        .time("publish_time", event.publishTime())
        .time("received_at", event.receivedAt())
        .time("original_publish_time", event.originalPublishTime())
        .time("failed_at", letter.failedAt())
        .attribute(event, EventAttributes.REQUEST_ID)
        .text("trace", event.attribute(EventAttributes.TRACEPARENT))
        .attribute(event, EventAttributes.REPLAY_ID);
  }
}
