package dev.tidegate.transforms.archive;

import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** {@code raw_events}: every event as it came. */
public final class RawEventTable implements ArchiveTable<RawEvent> {
  private static final long serialVersionUID = 1L;

  /** The table's name. */
  public static final String TABLE = "raw_events";

  private final EventSources sources;

  /**
   * @param sources tell what the columns say of an event
   */
  public RawEventTable(EventSources sources) {
    this.sources = sources;
  }

  @Override
  public String name() {
    return TABLE;
  }

  @Override
  public String timeColumn() {
    return "received_at";
  }

  @Override
  public List<String> clusteringColumns() {
    return List.of("tenant_id", "event_type");
  }

  @Override
  public Instant timeOf(RawEvent event) {
    return event.receivedAt();
  }

  @Override
  public void write(RawEvent event, ArchiveRow row) throws IOException {
    EventFacts facts = sources.named(event.source()).factsOf(event);
    Optional<byte[]> payload = ExactJson.lineOf(event);
    row.text("notification_id", event.identity())
        .text("tenant_id", event.tenantId())
        .text("source", event.source())
        .text("event_type", event.eventType())
        .text("event_category", event.eventType().map(RawEventTable::categoryOf))
        .body(event, payload)
        .json(
            "approximate_payload",
            payload.isPresent() ? Optional.empty() : ApproximateJson.lineOf(event))
        .map("attributes", event.attributes())
        .text("message_id", event.messageId())
        .time("publish_time", event.publishTime())
        .time("received_at", event.receivedAt())
        .time("archived_at", Instant.now())
        .time("event_timestamp", facts.timestamp())
        .time("as_of", facts.asOf())
        .time("invalidated_at", facts.invalidatedAt())
        .bool("signature_valid", event.signatureValid())
        .attribute(event, EventAttributes.CONTENT_TYPE)
        .attribute(event, EventAttributes.SUBJECT)
        .attribute(event, EventAttributes.REQUEST_ID)
        .attribute(event, EventAttributes.TRACEPARENT)
        .attribute(event, EventAttributes.SOURCE_IP)
        .attribute(event, EventAttributes.USER_AGENT)
        .text("shipment_id", facts.shipmentId())
        .text("container_id", facts.containerId())
        .text("tracking_request_id", facts.trackingRequestId())
        .text("bill_of_lading", facts.billOfLading())
        .text("container_number", facts.containerNumber())
        .attribute(event, EventAttributes.REPLAY_ID)
        .text("pipeline_version", PipelineVersion.TEXT);
  }

  /** The type up to its first dot. */
  private static String categoryOf(String eventType) {
    int dot = eventType.indexOf('.');
    return dot < 0 ? eventType : eventType.substring(0, dot);
  }
}
