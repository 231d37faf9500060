package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.EventPreview;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StoredPayload;
import dev.tidegate.schemas.Table;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * All that is known of an event.
 *
 * @param payload the body, where it is JSON and is kept
 * @param payloadBase64 the body, where it is not JSON
 * @param lastGood the newest event of its type and source that was processed before it, or else the
 *     first after it
 */
public record EventDetail(
    @JsonUnwrapped LedgerEvent event,
    RawJson attributes,
    Optional<JsonNode> payload,
    Optional<byte[]> payloadBase64,
    List<DeadLetter> deadLetters,
    List<EventTimeline.Entry> timeline,
    RowsOfEvent rowsWritten,
    List<CausedEffect> effects,
    Optional<Good> lastGood) {
  /** The ledger's body, or else that of the dead letter that the ledger's row names. */
  private static final String BODY =
      """
      SELECT attributes, stored,
        (SELECT l.body FROM event_dead_letters l
         WHERE l.tenant_id = e.tenant_id AND l.source = e.source
           AND l.notification_id = e.notification_id AND e.status = 'DEAD_LETTER'
         ORDER BY substr(e.version, length(e.version) - 15)
             = version_hash(l.notification_id, l.content_sha256) DESC,
           l.failed_at DESC
         LIMIT 1) AS of_letter
      FROM (
        SELECT *, (SELECT p.payload FROM event_payloads p
          WHERE p.tenant_id = events.tenant_id AND p.source = events.source
            AND p.notification_id = events.notification_id
            AND p.stored_on = events.payload_stored_on) AS stored
        FROM events WHERE %s) e
      """;

  /** Another event, which was processed. */
  public record Good(EventReference eventId, Instant processedAt) {}

  /** A row of {@link #GOOD}. */
  public record GoodRow(UUID eventId, Instant processedAt) {}

  private static final String GOOD =
      """
      SELECT event_id, processed_at FROM events
      WHERE tenant_id = ? AND source = ? AND event_type = ? AND status = 'PROCESSED'
        AND processed_at %s ? AND event_id <> ?
      ORDER BY processed_at %s LIMIT 1
      """;

  /** A row of {@link #BODY}. */
  public record Body(RawJson attributes, Optional<byte[]> stored, Optional<byte[]> ofLetter) {
    Optional<byte[]> bytes() {
      return stored.map(StoredPayload::read).or(() -> ofLetter);
    }
  }

  /**
   * What the handlers make of {@code event} now; empty where its body is not kept, or they make
   * nothing of it. They may call other systems, so no transaction is to wait for them.
   *
   * @param row what {@link #bodyRow} has read
   */
  public static Optional<RowsOfEvent.Preview> preview(
      LedgerEvent event, Body row, EventPreview handlers) {
    return row.bytes()
        .flatMap(body -> handlers.of(event.raw(body, row.attributes())).transformed())
        .map(
            transformed ->
                new RowsOfEvent.Preview(
                    transformed.upserts(),
                    handlers.tables().stream()
                        .collect(Collectors.toMap(Table::name, Function.identity()))));
  }

  /** The detail of {@code event}. */
  public static EventDetail of(
      Handle handle, LedgerEvent event, Body row, Optional<RowsOfEvent.Preview> preview) {
    Optional<byte[]> body = row.bytes();
    Optional<JsonNode> json = body.flatMap(EventDetail::parsed);
    List<DeadLetter> letters = DeadLetter.of(handle, event);
    List<CausedEffect> effects = CausedEffect.of(handle, event);
    return new EventDetail(
        event,
        row.attributes(),
        json,
        json.isPresent() ? Optional.empty() : body,
        letters,
        EventTimeline.of(handle, event, letters, effects),
        RowsOfEvent.of(handle, event, preview),
        effects,
        lastGood(handle, event));
  }

  private static Optional<Good> lastGood(Handle handle, LedgerEvent event) {
    return good(handle, event, "<=", "DESC").or(() -> good(handle, event, ">", "ASC"));
  }

  private static Optional<Good> good(
      Handle handle, LedgerEvent event, String before, String order) {
    return event
        .eventType()
        .flatMap(
            type ->
                handle
                    .createQuery(GOOD.formatted(before, order))
                    .bind(0, event.tenant())
                    .bind(1, event.source())
                    .bind(2, type)
                    .bind(3, event.processedAt())
                    .bind(4, event.ledgerId())
                    .mapTo(GoodRow.class)
                    .findOne())
        .map(row -> new Good(new EventReference(event.tenant(), row.eventId()), row.processedAt()));
  }

  /** The body of {@code event}, where it is kept. */
  public static Optional<byte[]> bodyOf(Handle handle, LedgerEvent event) {
    return bodyRow(handle, event).bytes();
  }

  /** The body and attributes of {@code event}. */
  public static Body bodyRow(Handle handle, LedgerEvent event) {
    SqlConditions where = event.where();
    return where.bindTo(handle.createQuery(BODY.formatted(where.text()))).mapTo(Body.class).one();
  }

  private static Optional<JsonNode> parsed(byte[] body) {
    try {
      return Optional.of(Json.parse(body));
    } catch (JsonProcessingException notJson) {
      return Optional.empty();
    }
  }
}
