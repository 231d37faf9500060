package dev.tidegate.gateway.relay;

import dev.tidegate.gateway.store.Keyset;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.PageRequest;
import dev.tidegate.gateway.store.TenantScope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * A row of {@code outbox} that Pub/Sub has refused for good. The rows behind it in its aggregate
 * wait until an operator publishes it again or discards it.
 *
 * @param eventId the event's notification ID
 * @param refusal why Pub/Sub refused it
 */
record RefusedRow(
    UUID eventId,
    String tenant,
    String source,
    String eventType,
    String aggregate,
    Instant createdAt,
    Instant refusedAt,
    String refusal) {
  private static final String SELECT =
      """
      SELECT event_id, tenant_id AS tenant, source, event_type, aggregate, created_at, refused_at,
        refusal
      FROM outbox
      """;

  private static final Keyset<RefusedRow> ORDER =
      new Keyset<>(
          "refused-rows",
          row -> List.of(row.refusedAt, row.eventId),
          "refused_at timestamptz",
          "event_id uuid");

  /** A page of the rows of {@code scope}, the last refused first. */
  static Page<RefusedRow> list(Handle handle, TenantScope scope, PageRequest page) {
    return ORDER.read(
        handle, SELECT, scope.where().add("refused_at IS NOT NULL"), page, RefusedRow.class);
  }

  /** The refused row of an event, locked until the transaction ends. */
  static Optional<RefusedRow> find(Handle handle, TenantScope scope, UUID eventId) {
    var where = scope.where().add("refused_at IS NOT NULL").add("event_id = ?", eventId);
    return where
        .bindTo(
            handle.createQuery("%s WHERE %s LIMIT 1 FOR UPDATE".formatted(SELECT, where.text())))
        .mapTo(RefusedRow.class)
        .findFirst();
  }

  /** Makes relays publish the row again. */
  void retry(Handle handle) {
    change(
        handle,
        """
        UPDATE outbox SET refused_at = NULL, refusal = NULL
        WHERE tenant_id = ? AND event_id = ? AND refused_at IS NOT NULL
        """);
  }

  /** Forgets the row: the rows behind it are published without it. */
  void discard(Handle handle) {
    change(
        handle,
        "DELETE FROM outbox WHERE tenant_id = ? AND event_id = ? AND refused_at IS NOT NULL");
  }

  private void change(Handle handle, String sql) {
    handle.execute(sql, tenant, eventId);
    handle.execute("SELECT pg_notify(?, 'rows')", Relay.CHANNEL);
  }
}
