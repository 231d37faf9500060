package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.Version;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;

/**
 * A row of the ledger, without its payload.
 *
 * @param conflicts how often the event came with another body or type under the same ID
 * @param normalizedAt when the event had been decoded, checked and made into rows, and they reached
 *     the sink; empty for dead letters
 * @param processedAt when the transaction that wrote its rows began, or it became a dead letter
 * @param warnings what of the event could not be stored, while the rest was: an array of objects
 */
public record LedgerEvent(
    String tenant,
    String source,
    String notificationId,
    UUID eventId,
    Optional<String> eventType,
    Optional<String> subject,
    Status status,
    Version version,
    int attempts,
    int conflicts,
    Instant receivedAt,
    Instant publishedAt,
    Optional<Instant> normalizedAt,
    Instant processedAt,
    Optional<Double> processingMillis,
    Optional<Double> latencyMillis,
    Optional<String> errorClass,
    Optional<String> errorMessage,
    Optional<Boolean> signatureValid,
    Optional<String> requestId,
    Optional<JsonNode> warnings) {
  /** What became of an event. */
  public enum Status {
    PROCESSED,
    UNHANDLED,
    DEAD_LETTER
  }

  /** What an event's status is before it is in the ledger. */
  public static final String PENDING = "PENDING";

  /** What a query of {@code events} must select for {@link #read}. */
  public static final String COLUMNS =
      """
      tenant_id, source, notification_id, event_id, event_type, subject, status, version, attempts,
      conflicts, received_at, published_at,
      processed_at - processing_duration_ms * interval '1 millisecond' AS normalized_at,
      processed_at, processing_duration_ms, latency_ms, error_class, error_message,
      signature_valid, request_id, warnings
      """;

  /** The row that {@code row} stands on. */
  public static LedgerEvent read(ResultSet row) throws SQLException {
    return new LedgerEvent(
        row.getString("tenant_id"),
        row.getString("source"),
        row.getString("notification_id"),
        row.getObject("event_id", UUID.class),
        text(row, "event_type"),
        text(row, "subject"),
        Status.valueOf(row.getString("status")),
        Version.of(row.getBytes("version")),
        row.getInt("attempts"),
        row.getInt("conflicts"),
        time(row, "received_at").orElseThrow(),
        time(row, "published_at").orElseThrow(),
        time(row, "normalized_at"),
        time(row, "processed_at").orElseThrow(),
        Optional.ofNullable(row.getObject("processing_duration_ms", Double.class)),
        Optional.ofNullable(row.getObject("latency_ms", Double.class)),
        text(row, "error_class"),
        text(row, "error_message"),
        Optional.ofNullable(row.getObject("signature_valid", Boolean.class)),
        text(row, "request_id"),
        warnings(row));
  }

  private static Optional<JsonNode> warnings(ResultSet row) throws SQLException {
    String warnings = row.getString("warnings");
    return warnings == null ? Optional.empty() : Optional.of(StoredJson.read(warnings));
  }

  /** A column of text that may be null. */
  public static Optional<String> text(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getString(column));
  }

  /** A time that may be null. */
  public static Optional<Instant> time(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
        .map(OffsetDateTime::toInstant);
  }

  /** What its tenant is told of it: the schema {@code Event} of the API. */
  public ObjectNode toJson(EventToken tokens) {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("eventId", tokens.of(tenant, eventId));
    json.put("status", status.name());
    json.put("tenant", tenant);
    json.put("source", source);
    json.put("notificationId", notificationId);
    eventType.ifPresent(value -> json.put("eventType", value));
    subject.ifPresent(value -> json.put("subject", value));
    json.put("attempts", attempts);
    json.put("conflicts", conflicts);
    json.put("receivedAt", receivedAt.toString());
    json.put("publishedAt", publishedAt.toString());
    normalizedAt.ifPresent(value -> json.put("normalizedAt", value.toString()));
    json.put("processedAt", processedAt.toString());
    processingMillis.ifPresent(value -> json.put("processingMillis", value));
    latencyMillis.ifPresent(value -> json.put("latencyMillis", value));
    errorClass.ifPresent(value -> json.put("errorClass", value));
    errorMessage.ifPresent(value -> json.put("errorMessage", value));
    signatureValid.ifPresent(value -> json.put("signatureValid", value));
    requestId.ifPresent(value -> json.put("requestId", value));
    warnings.ifPresent(value -> json.set("warnings", value));
    return json;
  }
}
