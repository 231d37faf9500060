package dev.tidegate.transforms.archive;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.PipelineVersion;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.io.Serializable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.beam.sdk.transforms.SerializableFunction;

/**
 * A table of the archive, in files or in BigQuery, and how values become its rows.
 *
 * @param name the name of the table in BigQuery, of its folder in a file archive, and of its view
 * @param timeColumn the column by whose day the BigQuery table is partitioned
 * @param clusteringColumns the columns by which the BigQuery table is clustered
 * @param time a value's time in the time column
 * @param columns writes a value's columns: those of the BigQuery table's schema
 * @param <T> what is archived
 */
public record ArchiveTable<T>(
    String name,
    String timeColumn,
    List<String> clusteringColumns,
    SerializableFunction<T, Instant> time,
    Columns<T> columns)
    implements Serializable {
  /** Writes a value's columns. */
  @FunctionalInterface
  public interface Columns<T> extends Serializable {
    void write(T value, ArchiveRow row) throws IOException;
  }

  /** The name of {@link #rawEvents}. */
  public static final String RAW_EVENTS = "raw_events";

  /** {@code dead_letters}: every event that failed for good, as it came, and why. */
  public static final ArchiveTable<DeadLetter> DEAD_LETTERS =
      new ArchiveTable<>(
          "dead_letters",
          "failed_at",
          List.of("tenant_id", "error_class"),
          DeadLetter::failedAt,
          ArchiveTable::writeLetter);

  /** {@code event_outcomes}: what became of every event, each time. */
  public static final ArchiveTable<EventOutcome> EVENT_OUTCOMES =
      new ArchiveTable<>(
          "event_outcomes",
          "processed_at",
          List.of("tenant_id", "event_type"),
          EventOutcome::processedAt,
          ArchiveTable::writeOutcome);

  /**
   * {@code raw_events}: every event as it came.
   *
   * @param sources tell what the columns say of an event
   */
  public static ArchiveTable<RawEvent> rawEvents(EventSources sources) {
    return new ArchiveTable<>(
        RAW_EVENTS,
        "received_at",
        List.of("tenant_id", "event_type"),
        RawEvent::receivedAt,
        (event, row) -> writeEvent(event, sources.factsOf(event), row));
  }

  /** All tables of the archive, for what is asked of tables. No source is needed for that. */
  public static List<ArchiveTable<?>> all() {
    return List.of(rawEvents(EventSources.of(List.of())), DEAD_LETTERS, EVENT_OUTCOMES);
  }

  /** The date in the names of a file archive's folders: the day of {@link #timeColumn}. */
  public String dateColumn() {
    return timeColumn.replace("_at", "_date");
  }

  /** {@code value}'s time in {@link #timeColumn}. */
  public Instant timeOf(T value) {
    return time.apply(value);
  }

  /** Writes {@code value}'s columns. */
  public void write(T value, ArchiveRow row) throws IOException {
    columns.write(value, row);
  }

  private static void writeEvent(RawEvent event, EventFacts facts, ArchiveRow row)
      throws IOException {
    Optional<byte[]> payload = ExactJson.lineOf(event);
    row.text("notification_id", event.identity())
        .text("tenant_id", event.tenantId())
        .text("source", event.source())
        .text("event_type", event.eventType())
        .text("event_category", event.eventType().map(ArchiveTable::categoryOf))
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

  private static void writeLetter(DeadLetter letter, ArchiveRow row) throws IOException {
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

  private static void writeOutcome(EventOutcome outcome, ArchiveRow row) throws IOException {
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
