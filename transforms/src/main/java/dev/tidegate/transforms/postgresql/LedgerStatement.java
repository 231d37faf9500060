package dev.tidegate.transforms.postgresql;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.StorableText;
import dev.tidegate.schemas.StoredPayload;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Version;
import dev.tidegate.schemas.Warning;
import dev.tidegate.transforms.postgresql.EventWriter.Entry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Records events in the ledger: {@code PROCESSED} or {@code UNHANDLED} in the transaction of their
 * rows. A row describes the newest body of its notification. A dead letter gives way to any other
 * event, and an unhandled event to the same event once a handler knows it. A repeat only counts as
 * one more attempt, so that times and latency stay those of the first. Another body or type under
 * the same ID counts as a conflict, whichever of the two the row describes then.
 *
 * <p>The same statement keeps the bodies in {@code event_payloads}: those that a ledger row now
 * describes, and neither a repeat's nor that of an older version.
 */
final class LedgerStatement {
  /** One event, whenever it was accepted: time and hash, without what may stand between the two. */
  private static final String IS_SAME_EVENT =
      "substr(%1$s, 1, 8) = substr(%2$s, 1, 8)"
          + " AND substr(%1$s, length(%1$s) - 15) = substr(%2$s, length(%2$s) - 15)";

  private static final String MOVES =
      "old.status = 'DEAD_LETTER' OR EXCLUDED.version > old.version OR (%s"
              .formatted(IS_SAME_EVENT.formatted("EXCLUDED.version", "old.version"))
          + " AND old.status = 'UNHANDLED' AND EXCLUDED.status = 'PROCESSED')";

  /**
   * {@code statement_timestamp()} is one time for the whole statement, so a row that has it, and
   * the version offered, was written just now. Should another writer have written the same version
   * in the same microsecond, a body is only written twice.
   */
  private static final String SQL =
      """
      WITH offered AS MATERIALIZED (
        SELECT * FROM unnest(
          ?::text[], ?::text[], ?::text[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::bytea[],
          ?::text[], ?::text[], ?::timestamptz[], ?::timestamptz[], ?::timestamptz[], ?::text[],
          ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::bytea[])
        WITH ORDINALITY AS new (
          tenant_id, source, notification_id, event_id, event_type, subject, status, version,
          attempts, conflicts, received_at, published_at, started_at, signature_valid, request_id,
          attributes, message_id, warnings, about, about_index, payload, number)),
      written AS (
        INSERT INTO events AS old (
          tenant_id, source, notification_id, event_id, event_type, subject, status, version,
          attempts, conflicts, received_at, published_at, processed_at, processing_duration_ms,
          latency_ms, signature_valid, request_id, attributes, message_id, warnings, about, about_index,
          payload_stored_on)
        SELECT
          tenant_id, source, notification_id, event_id, event_type, subject,
          coalesce(status, 'PROCESSED'), version, coalesce(attempts::integer, 1),
          coalesce(conflicts::integer, 0), received_at, published_at, statement_timestamp(),
          extract(epoch FROM statement_timestamp() - started_at) * 1000,
          extract(epoch FROM statement_timestamp() - published_at) * 1000,
          signature_valid::boolean, request_id, attributes::jsonb, message_id, warnings::jsonb,
          about::jsonb, about_index::bigint[],
          CASE WHEN payload IS NOT NULL THEN (now() AT TIME ZONE 'UTC')::date END
        FROM offered
        ON CONFLICT (tenant_id, source, notification_id) DO UPDATE SET
          attempts = old.attempts + EXCLUDED.attempts,
          conflicts = old.conflicts + EXCLUDED.conflicts + CASE
            WHEN old.status <> 'DEAD_LETTER'
              AND substr(EXCLUDED.version, length(EXCLUDED.version) - 15)
                <> substr(old.version, length(old.version) - 15)
            THEN 1 ELSE 0 END,
          %s
        RETURNING
          event_id, version, processed_at = statement_timestamp() AS moved, message_id, attempts),
      kept AS (
        INSERT INTO event_payloads (tenant_id, source, notification_id, stored_on, payload)
        SELECT tenant_id, source, notification_id, (now() AT TIME ZONE 'UTC')::date, payload
        FROM offered JOIN written USING (event_id, version)
        WHERE moved AND payload IS NOT NULL
        ON CONFLICT (tenant_id, source, notification_id, stored_on) DO UPDATE SET
          payload = EXCLUDED.payload)
      SELECT number, written.message_id,
        NOT (moved AND written.version = offered.version) AND %s AS is_repeated
      FROM offered JOIN written USING (event_id)
      WHERE written.attempts > coalesce(offered.attempts::integer, 1)
      """
          .formatted(
              Stream.of(
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
                      "about",
                      "about_index",
                      "payload_stored_on")
                  .map(column -> takeOver(column, MOVES))
                  .collect(joining(",\n    ")),
              IS_SAME_EVENT.formatted("written.version", "offered.version"));

  private static final Comparator<Key> ORDER =
      Comparator.comparing(Key::tenantId)
          .thenComparing(Key::source)
          .thenComparing(Key::notificationId);

  private final boolean withPayload;
  private final boolean withAbout;

  /**
   * @param withPayload whether the ledger keeps the bodies, for inspection
   * @param withAbout whether it keeps what events are about
   */
  LedgerStatement(boolean withPayload, boolean withAbout) {
    this.withPayload = withPayload;
    this.withAbout = withAbout;
  }

  /** What a ledger row is about: a sender's ID. */
  record Key(String tenantId, String source, String notificationId) {
    static Key of(Event event) {
      return new Key(event.tenantId(), event.raw().source(), event.notificationId());
    }
  }

  /**
   * What the ledger had of a notification before a batch.
   *
   * @param messageId of the message that its row is written for now
   * @param isRepeated whether the batch's newest body of it is nothing new: the row described this
   *     version already, and nothing but its attempts changed
   */
  record Known(String messageId, boolean isRepeated) {}

  /** The column's assignment: what is offered where {@code condition} holds, else what is there. */
  static String takeOver(String column, String condition) {
    return "%1$s = CASE WHEN %2$s THEN EXCLUDED.%1$s ELSE old.%1$s END"
        .formatted(column, condition);
  }

  /**
   * Records {@code entries} in the order of their keys, one row for each notification, and their
   * bodies.
   *
   * @return the notifications that the ledger had before
   */
  Map<Key, Known> execute(Connection connection, List<Entry> entries) throws SQLException {
    if (entries.isEmpty()) {
      return Map.of();
    }
    Map<Key, Newest> byKey = new HashMap<>(2 * entries.size());
    for (Entry entry : entries) {
      byKey.merge(Key.of(entry.event()), new Newest(entry, 1, 0), Newest::merge);
    }
    List<Key> keys = new ArrayList<>(byKey.keySet());
    keys.sort(ORDER);
    Map<Key, Known> known = new HashMap<>();
    try (PreparedStatement statement = connection.prepareStatement(SQL)) {
      bind(statement, keys.stream().map(byKey::get).toList());
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          known.put(keys.get(rows.getInt(1) - 1), new Known(rows.getString(2), rows.getBoolean(3)));
        }
      }
    }
    return known;
  }

  private void bind(PreparedStatement statement, List<Newest> rows) throws SQLException {
    BatchParameters batch = new BatchParameters(statement, rows.size());
    batch.texts(i -> rows.get(i).raw().tenantId());
    batch.texts(i -> rows.get(i).raw().source());
    batch.texts(i -> rows.get(i).event().notificationId());
    batch.uuids(i -> rows.get(i).eventId());
    batch.texts(i -> rows.get(i).event().eventType());
    batch.texts(i -> storable(rows.get(i).raw(), EventAttributes.SUBJECT));
    batch.texts(i -> rows.get(i).entry.transformed().handled() ? null : "UNHANDLED");
    batch.bytes(i -> rows.get(i).event().version().bytes());
    batch.texts(i -> rows.get(i).attempts == 1 ? null : Integer.toString(rows.get(i).attempts));
    batch.texts(i -> rows.get(i).conflicts == 0 ? null : Integer.toString(rows.get(i).conflicts));
    batch.times(i -> rows.get(i).raw().receivedAt());
    batch.times(i -> rows.get(i).raw().publishTime());
    batch.times(i -> rows.get(i).entry.startedAt());
    batch.texts(i -> rows.get(i).raw().signatureValid().map(String::valueOf).orElse(null));
    batch.texts(i -> storable(rows.get(i).raw(), EventAttributes.REQUEST_ID));
    batch.texts(i -> attributesOf(rows.get(i).raw()));
    batch.texts(i -> rows.get(i).raw().messageId());
    batch.texts(i -> warningsOf(rows.get(i).entry.transformed()));
    List<About> about =
        rows.stream()
            .map(row -> withAbout ? About.of(row.entry.transformed()) : About.NOTHING)
            .toList();
    batch.texts(i -> about.get(i).json());
    batch.texts(i -> about.get(i).index());
    batch.bytes(i -> withPayload ? StoredPayload.write(rows.get(i).raw().body()) : null);
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
  private record Newest(Entry entry, int attempts, int conflicts) {
    static Newest merge(Newest first, Newest second) {
      Version old = first.entry.event().version();
      Version candidate = second.entry.event().version();
      return new Newest(
          candidate.compareTo(old) > 0 ? second.entry : first.entry,
          first.attempts + second.attempts,
          first.conflicts
              + second.conflicts
              + (first.raw().contentSha256().equals(second.raw().contentSha256()) ? 0 : 1));
    }

    Event event() {
      return entry.event();
    }

    RawEvent raw() {
      return event().raw();
    }

    UUID eventId() {
      return EventId.of(raw().tenantId(), raw().source(), event().notificationId());
    }
  }
}
