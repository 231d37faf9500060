package dev.tidegate.transforms.files;

import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.RawEvent;
import java.io.IOException;
import java.time.Instant;

/** {@code raw_events}: every event as it came. */
public final class RawEventFormat implements ArchiveFormat<RawEvent> {
  private static final long serialVersionUID = 1L;

  @Override
  public String table() {
    return "raw_events";
  }

  @Override
  public String partitionOf(RawEvent event) {
    return Partitions.ofDayAndTenant("received_date", event.receivedAt(), event.tenantId());
  }

  @Override
  public void write(RawEvent event, ArchiveRow row) throws IOException {
    row.text("notification_id", event.identity())
        .text("tenant_id", event.tenantId())
        .text("source", event.source())
        .text("event_type", event.eventType())
        .body(event)
        .map("attributes", event.attributes())
        .text("message_id", event.messageId())
        .time("publish_time", event.publishTime())
        .time("received_at", event.receivedAt())
        .time("archived_at", Instant.now())
        .bool("signature_valid", event.signatureValid())
        .attribute(event, EventAttributes.CONTENT_TYPE)
        .attribute(event, EventAttributes.SUBJECT)
        .attribute(event, EventAttributes.REQUEST_ID)
        .attribute(event, EventAttributes.TRACEPARENT)
        .attribute(event, EventAttributes.SOURCE_IP)
        .attribute(event, EventAttributes.USER_AGENT)
        .attribute(event, EventAttributes.REPLAY_ID)
        .text("pipeline_version", PipelineVersion.TEXT);
  }
}
