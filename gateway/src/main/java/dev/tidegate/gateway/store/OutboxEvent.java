package dev.tidegate.gateway.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Json;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * An event that the gateway causes: a row of {@code outbox}, which the relay publishes. It happened
 * when its transaction began, and after its cause.
 *
 * @param tenant whose it is
 * @param source whose handlers and sagas take it
 * @param eventId its notification ID
 * @param type its type
 * @param aggregate what it is about: events of one aggregate are published in order
 * @param causationId the ID of the event that caused it, in the ledger
 * @param depth how many events before it caused one another
 * @param causedAt when the cause was true: a sender's clock may run ahead; empty where that is
 *     unknown
 * @param body its payload
 */
public record OutboxEvent(
    String tenant,
    String source,
    UUID eventId,
    String type,
    String aggregate,
    UUID causationId,
    int depth,
    Optional<Instant> causedAt,
    ObjectNode body) {
  /** Writes the row: it is published once the transaction has committed. */
  public void write(Handle handle) {
    handle
        .createUpdate(
            """
            INSERT INTO outbox (
              tenant_id, event_id, source, event_type, aggregate, attributes, payload)
            VALUES (:tenant, :event, :source, :type, :aggregate,
              jsonb_build_object(
                :causation_attribute, :causation, :depth_attribute, :depth, :time_attribute,
                to_char(
                  greatest(now(), :caused_at::timestamptz + interval '1 microsecond')
                    AT TIME ZONE 'UTC',
                  'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
              :payload)
            """)
        .bind("tenant", tenant)
        .bind("event", eventId)
        .bind("source", source)
        .bind("type", type)
        .bind("aggregate", aggregate)
        .bind("causation_attribute", EventAttributes.CAUSATION_ID.attribute())
        .bind("causation", causationId.toString())
        .bind("depth_attribute", EventAttributes.CAUSATION_DEPTH.attribute())
        .bind("depth", Integer.toString(depth))
        .bind("time_attribute", EventAttributes.CLOUD_EVENTS_TIME)
        .bind("caused_at", causedAt.map(Instant::toString).orElse(null))
        .bind("payload", Json.write(body))
        .execute();
  }
}
