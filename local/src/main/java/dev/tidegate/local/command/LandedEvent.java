package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.schemas.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * A row of the ledger, as {@code listen} shows it.
 *
 * @param eventId the ledger's ID
 * @param processedAt when it landed
 * @param status what became of it
 * @param eventType empty where it could not be read
 * @param latencyMillis from its publication on
 * @param error of a dead letter
 */
record LandedEvent(
    UUID eventId,
    Instant processedAt,
    String status,
    String tenant,
    String source,
    Optional<String> eventType,
    String notificationId,
    double latencyMillis,
    Optional<String> error) {
  /** What {@link #of} reads. */
  static final String COLUMNS =
      "event_id, processed_at, status, tenant_id, source, event_type, notification_id, latency_ms,"
          + " error_class";

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneOffset.UTC);

  static LandedEvent of(ResultSet row) throws SQLException {
    return new LandedEvent(
        row.getObject("event_id", UUID.class),
        row.getTimestamp("processed_at").toInstant(),
        row.getString("status"),
        row.getString("tenant_id"),
        row.getString("source"),
        Optional.ofNullable(row.getString("event_type")),
        row.getString("notification_id"),
        row.getDouble("latency_ms"),
        Optional.ofNullable(row.getString("error_class")));
  }

  /** For people; what strangers sent acts on no terminal. */
  String toLine() {
    return DisplayText.escaped(
        String.format(
            Locale.ROOT,
            "%s  %-11s  %s  %s  %s  %,.0f ms%s",
            TIME.format(processedAt),
            status,
            tenant,
            eventType.orElse("(unreadable)"),
            notificationId,
            latencyMillis,
            error.map(kind -> "  " + kind).orElse("")));
  }

  /** For programs, with the ID by which the gateway answers. */
  String toJson(EventToken tokens) {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("event_id", tokens.of(tenant, eventId));
    json.put("processed_at", processedAt.toString());
    json.put("status", status);
    json.put("tenant_id", tenant);
    json.put("source", source);
    json.put("event_type", eventType.orElse(null));
    json.put("notification_id", notificationId);
    json.put("latency_ms", latencyMillis);
    json.put("error_class", error.orElse(null));
    return Json.write(json);
  }
}
