package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StoredPayload;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * All that is known of an event.
 *
 * @param payload the body, where it is JSON and is kept
 * @param payloadBase64 the body, where it is not JSON
 */
public record EventDetail(
    @JsonUnwrapped LedgerEvent event,
    RawJson attributes,
    Optional<JsonNode> payload,
    Optional<byte[]> payloadBase64,
    List<DeadLetter> deadLetters,
    WrittenRows rowsWritten) {
  /** The ledger's body, else that of the dead letter which the ledger's row tells of. */
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

  /** A row of {@link #BODY}. */
  public record Body(RawJson attributes, Optional<byte[]> stored, Optional<byte[]> ofLetter) {}

  /** The detail of {@code event}. */
  public static EventDetail of(Handle handle, LedgerEvent event) {
    SqlConditions where = event.where();
    Body row =
        where.bindTo(handle.createQuery(BODY.formatted(where.text()))).mapTo(Body.class).one();
    Optional<byte[]> body = row.stored().map(StoredPayload::read).or(row::ofLetter);
    Optional<JsonNode> json = body.flatMap(EventDetail::parsed);
    return new EventDetail(
        event,
        row.attributes(),
        json,
        json.isPresent() ? Optional.empty() : body,
        DeadLetter.of(handle, event),
        WrittenRows.of(handle, event));
  }

  private static Optional<JsonNode> parsed(byte[] body) {
    try {
      return Optional.of(Json.parse(body));
    } catch (JsonProcessingException notJson) {
      return Optional.empty();
    }
  }
}
