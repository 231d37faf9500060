package dev.tidegate.transforms.postgresql;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.JsonbRules;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.schemas.Version;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Records events in the ledger: {@code PROCESSED} or {@code UNHANDLED} in the transaction of their
 * rows. A row describes the newest body of its notification, a dead letter gives way to any other,
 * and an unhandled event to the same event once a handler knows it; a repeat only counts as one
 * more attempt, so that times and latency stay those of the first.
 */
final class LedgerStatement {
  private static final String MOVES =
      "old.status = 'DEAD_LETTER' OR EXCLUDED.version > old.version OR ("
          + "EXCLUDED.version = old.version AND old.status = 'UNHANDLED'"
          + " AND EXCLUDED.status = 'PROCESSED')";

  private static final String SQL =
      """
      INSERT INTO events AS old (
        tenant_id, source, notification_id, event_type, subject, status, version, attempts,
        received_at, published_at, processed_at, processing_duration_ms, latency_ms,
        signature_valid, request_id, attributes, payload, payload_bytes)
      SELECT
        tenant_id, source, notification_id, event_type, subject, status, version, attempts::integer,
        received_at::timestamptz, published_at::timestamptz, clock_timestamp(),
        extract(epoch FROM clock_timestamp() - started_at::timestamptz) * 1000,
        extract(epoch FROM clock_timestamp() - published_at::timestamptz) * 1000,
        signature_valid::boolean, request_id, attributes::jsonb, payload::jsonb,
        decode(payload_hex, 'hex')
      FROM unnest(
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[],
        ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
        AS new (
          tenant_id, source, notification_id, event_type, subject, status, version, attempts,
          received_at, published_at, started_at, signature_valid, request_id, attributes, payload,
          payload_hex)
      ON CONFLICT (tenant_id, source, notification_id) DO UPDATE SET
        attempts = old.attempts + EXCLUDED.attempts,
        %s
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
                          "payload",
                          "payload_bytes")
                      .stream()
                      .map(LedgerStatement::takeOver)
                      .toList()));

  private static final int COLUMNS = 16;

  private final boolean withPayload;

  /**
   * @param withPayload whether the ledger keeps the bodies, for inspection
   */
  LedgerStatement(boolean withPayload) {
    this.withPayload = withPayload;
  }

  private static String takeOver(String column) {
    return "%1$s = CASE WHEN %2$s THEN EXCLUDED.%1$s ELSE old.%1$s END".formatted(column, MOVES);
  }

  /** Records {@code entries} in the order of their keys, one row for each notification. */
  Set<LedgerKey> execute(Connection connection, List<BatchEntry> entries) throws SQLException {
    Map<LedgerKey, Newest> rows = new TreeMap<>();
    for (BatchEntry entry : entries) {
      rows.merge(LedgerKey.of(entry.event()), new Newest(entry, 1), Newest::merge);
    }
    String[][] arrays = new String[COLUMNS][rows.size()];
    int row = 0;
    for (Newest newest : rows.values()) {
      List<String> values = valuesOf(newest);
      for (int column = 0; column < COLUMNS; column++) {
        arrays[column][row] = values.get(column);
      }
      row++;
    }
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      for (int column = 0; column < COLUMNS; column++) {
        statement.setArray(column + 1, connection.createArrayOf("text", arrays[column]));
      }
      statement.executeUpdate();
    }
    return Set.of();
  }

  private List<String> valuesOf(Newest newest) {
    Event event = newest.entry.event();
    RawEvent raw = event.raw();
    boolean asJson =
        withPayload && !beginsWithMark(raw.body()) && JsonbRules.accepts(event.payload());
    List<String> values = new ArrayList<>(COLUMNS);
    values.add(raw.tenantId());
    values.add(raw.source());
    values.add(event.notificationId());
    values.add(event.eventType());
    values.add(storable(raw, EventAttributes.SUBJECT));
    values.add(newest.entry.transformed().handled() ? "PROCESSED" : "UNHANDLED");
    values.add(event.version().text());
    values.add(Integer.toString(newest.attempts));
    values.add(raw.receivedAt().toString());
    values.add(raw.publishTime().toString());
    values.add(newest.entry.startedAt().toString());
    values.add(raw.signatureValid().map(String::valueOf).orElse(null));
    values.add(storable(raw, EventAttributes.REQUEST_ID));
    values.add(attributesOf(raw));
    values.add(asJson ? new String(raw.body(), StandardCharsets.UTF_8) : null);
    values.add(withPayload && !asJson ? HexFormat.of().formatHex(raw.body()) : null);
    return values;
  }

  /** Whether {@code body} begins with a byte order mark, which Java skips and jsonb refuses. */
  private static boolean beginsWithMark(byte[] body) {
    return body.length > 0 && body[0] == (byte) 0xEF;
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

  /** The newest body of a notification in the batch, and how often the notification came in it. */
  private record Newest(BatchEntry entry, int attempts) {
    static Newest merge(Newest first, Newest second) {
      Version old = first.entry.event().version();
      Version candidate = second.entry.event().version();
      return new Newest(
          candidate.compareTo(old) > 0 ? second.entry : first.entry,
          first.attempts + second.attempts);
    }
  }
}
