package dev.tidegate.transforms.postgresql;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.JsonbRules;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Version;
import dev.tidegate.schemas.Warning;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Records events in the ledger: {@code PROCESSED} or {@code UNHANDLED} in the transaction of their
 * rows. A row describes the newest body of its notification, a dead letter gives way to any other,
 * and an unhandled event to the same event once a handler knows it; a repeat only counts as one
 * more attempt, so that times and latency stay those of the first. Another body or type under the
 * same ID counts as a conflict, whichever of the two the row describes then.
 *
 * <p>Bodies are kept in {@code event_payloads}. Only those that a ledger row now describes are
 * sent, after it: a repeat's is not, nor that of an older version.
 */
final class LedgerStatement {
  private static final String MOVES =
      "old.status = 'DEAD_LETTER' OR EXCLUDED.version > old.version OR ("
          + "left(EXCLUDED.version, 27) = left(old.version, 27)"
          + " AND right(EXCLUDED.version, 32) = right(old.version, 32)"
          + " AND old.status = 'UNHANDLED' AND EXCLUDED.status = 'PROCESSED')";

  /**
   * {@code statement_timestamp()} is one time for the whole statement, so a row that has it, and
   * the version offered, was written just now. Should another writer have written the same version
   * in the same microsecond, a body is only written twice.
   */
  private static final String ROWS =
      """
      INSERT INTO events AS old (
        tenant_id, source, notification_id, event_id, event_type, subject, status, version,
        attempts, conflicts, received_at, published_at, processed_at, processing_duration_ms,
        latency_ms, signature_valid, request_id, attributes, message_id, warnings,
        payload_stored_on)
      SELECT
        tenant_id, source, notification_id, event_id::uuid, event_type, subject, status, version,
        attempts::integer, conflicts::integer, received_at::timestamptz, published_at::timestamptz,
        statement_timestamp(),
        extract(epoch FROM statement_timestamp() - started_at::timestamptz) * 1000,
        extract(epoch FROM statement_timestamp() - published_at::timestamptz) * 1000,
        signature_valid::boolean, request_id, attributes::jsonb, message_id, warnings::jsonb,
        CASE WHEN ? THEN (now() AT TIME ZONE 'UTC')::date END
      FROM unnest(
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
        ?::text[], ?::text[])
        AS new (
          tenant_id, source, notification_id, event_id, event_type, subject, status, version,
          attempts, conflicts, received_at, published_at, started_at, signature_valid, request_id,
          attributes, message_id, warnings)
      ON CONFLICT (tenant_id, source, notification_id) DO UPDATE SET
        attempts = old.attempts + EXCLUDED.attempts,
        conflicts = old.conflicts + EXCLUDED.conflicts + CASE
          WHEN old.status <> 'DEAD_LETTER' AND right(EXCLUDED.version, 32) <> right(old.version, 32)
          THEN 1 ELSE 0 END,
        %s
      RETURNING
        tenant_id, source, notification_id, version, processed_at = statement_timestamp() AS moved,
        message_id
      """
          .formatted(
              String.join(
                  ",\n  ",
                  List.of(
                          "event_type",
                          "subject",
                          "status",
                          "version",
                          "received_at",
                          "published_at",
                          "processed_at",
                          "processing_duration_ms",
                          "latency_ms",
                          "error_class",
                          "error_message",
                          "signature_valid",
                          "request_id",
                          "attributes",
                          "message_id",
                          "warnings",
                          "payload_stored_on")
                      .stream()
                      .map(column -> takeOver(column, MOVES))
                      .toList()));

  /** Of one day, a notification's newer body takes the older one's place. */
  private static final String PAYLOADS =
      """
      INSERT INTO event_payloads (
        tenant_id, source, notification_id, stored_on, payload, payload_bytes)
      SELECT
        tenant_id, source, notification_id, (now() AT TIME ZONE 'UTC')::date, payload::json,
        decode(payload_hex, 'hex')
      FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
        AS new (tenant_id, source, notification_id, payload, payload_hex)
      ON CONFLICT (tenant_id, source, notification_id, stored_on) DO UPDATE SET
        payload = EXCLUDED.payload, payload_bytes = EXCLUDED.payload_bytes
      """;

  private final boolean withPayload;

  /**
   * @param withPayload whether the ledger keeps the bodies, for inspection
   */
  LedgerStatement(boolean withPayload) {
    this.withPayload = withPayload;
  }

  /** The column's assignment: what is offered where {@code condition} holds, else what is there. */
  static String takeOver(String column, String condition) {
    return "%1$s = CASE WHEN %2$s THEN EXCLUDED.%1$s ELSE old.%1$s END"
        .formatted(column, condition);
  }

  /**
   * Records {@code entries} in the order of their keys, one row for each notification, and their
   * bodies.
   *
   * @return the notifications of which nothing was new, with the ID of the message that their rows
   *     were written for: they described this version already, and nothing but their attempts
   *     changed
   */
  Map<LedgerKey, String> execute(Connection connection, List<BatchEntry> entries)
      throws SQLException {
    if (entries.isEmpty()) {
      return Map.of();
    }
    SortedMap<LedgerKey, Newest> newest = new TreeMap<>();
    for (BatchEntry entry : entries) {
      newest.merge(LedgerKey.of(entry.event()), new Newest(entry, 1, 0), Newest::merge);
    }
    Map<LedgerKey, String> repeats = new HashMap<>();
    SortedMap<LedgerKey, Newest> moved = new TreeMap<>();
    try (PreparedStatement statement = connection.prepareStatement(ROWS)) {
      statement.setBoolean(1, withPayload);
      setArrays(statement, 2, newest.values().stream().map(LedgerStatement::rowOf).toList());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          LedgerKey key = new LedgerKey(rows.getString(1), rows.getString(2), rows.getString(3));
          Newest offered = newest.get(key);
          Version version = offered.entry.event().version();
          if (rows.getBoolean(5) && rows.getString(4).equals(version.text())) {
            moved.put(key, offered);
          } else if (version.isOfSameEvent(rows.getString(4))) {
            repeats.put(key, rows.getString(6));
          }
        }
      }
    }
    if (withPayload && !moved.isEmpty()) {
      try (PreparedStatement statement = connection.prepareStatement(PAYLOADS)) {
        setArrays(statement, 1, moved.values().stream().map(LedgerStatement::payloadOf).toList());
        statement.executeUpdate();
      }
    }
    return repeats;
  }

  /** Sets one array for each column of {@code rows}. */
  private static void setArrays(PreparedStatement statement, int first, List<List<String>> rows)
      throws SQLException {
    Connection connection = statement.getConnection();
    for (int column = 0; column < rows.get(0).size(); column++) {
      String[] values = new String[rows.size()];
      for (int row = 0; row < values.length; row++) {
        values[row] = rows.get(row).get(column);
      }
      statement.setArray(first + column, connection.createArrayOf("text", values));
    }
  }

  private static List<String> rowOf(Newest newest) {
    Event event = newest.entry.event();
    RawEvent raw = event.raw();
    List<String> values = new ArrayList<>();
    values.add(raw.tenantId());
    values.add(raw.source());
    values.add(event.notificationId());
    values.add(EventId.of(raw.tenantId(), raw.source(), event.notificationId()).toString());
    values.add(event.eventType());
    values.add(storable(raw, EventAttributes.SUBJECT));
    values.add(newest.entry.transformed().handled() ? "PROCESSED" : "UNHANDLED");
    values.add(event.version().text());
    values.add(Integer.toString(newest.attempts));
    values.add(Integer.toString(newest.conflicts));
    values.add(raw.receivedAt().toString());
    values.add(raw.publishTime().toString());
    values.add(newest.entry.startedAt().toString());
    values.add(raw.signatureValid().map(String::valueOf).orElse(null));
    values.add(storable(raw, EventAttributes.REQUEST_ID));
    values.add(attributesOf(raw));
    values.add(raw.messageId());
    values.add(warningsOf(newest.entry.transformed()));
    return values;
  }

  /** The event's warnings as a JSON array; null where there are none. */
  private static String warningsOf(TransformedEvent transformed) {
    if (transformed.warnings().isEmpty()) {
      return null;
    }
    ArrayNode warnings = Json.mapper().createArrayNode();
    for (Warning warning : transformed.warnings()) {
      warnings.addObject().put("pointer", warning.pointer()).put("rule", warning.rule());
    }
    return Json.write(warnings);
  }

  private static List<String> payloadOf(Newest newest) {
    Event event = newest.entry.event();
    RawEvent raw = event.raw();
    boolean asJson = JsonbRules.accepts(raw.body());
    List<String> values = new ArrayList<>();
    values.add(raw.tenantId());
    values.add(raw.source());
    values.add(event.notificationId());
    values.add(asJson ? new String(raw.body(), StandardCharsets.UTF_8) : null);
    values.add(asJson ? null : HexFormat.of().formatHex(raw.body()));
    return values;
  }

  /** An attribute as {@code text} takes it; null where it is absent. */
  static String storable(RawEvent event, EventAttributes attribute) {
    return event.attribute(attribute).map(StorableText::of).orElse(null);
  }

  /** All attributes as JSON that {@code jsonb} takes. */
  static String attributesOf(RawEvent event) {
    ObjectNode node = Json.mapper().createObjectNode();
    event
        .attributes()
        .forEach((name, value) -> node.put(StorableText.of(name), StorableText.of(value)));
    return Json.write(node);
  }

  /**
   * The newest body of a notification in the batch, how often the notification came in it, and how
   * often with another body or type than the newest until then.
   */
  private record Newest(BatchEntry entry, int attempts, int conflicts) {
    static Newest merge(Newest first, Newest second) {
      Version old = first.entry.event().version();
      Version candidate = second.entry.event().version();
      return new Newest(
          candidate.compareTo(old) > 0 ? second.entry : first.entry,
          first.attempts + second.attempts,
          first.conflicts
              + second.conflicts
              + (candidate.contentSha256().equals(old.contentSha256()) ? 0 : 1));
    }
  }
}
