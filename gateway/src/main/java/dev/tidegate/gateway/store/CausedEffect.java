package dev.tidegate.gateway.store;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * An effect that an event has caused.
 *
 * @param key tells the effects of one event apart
 * @param aggregate in the order of which it is published, as far as it is known still
 */
public record CausedEffect(
    UUID effectId,
    String kind,
    String type,
    String key,
    String status,
    Instant createdAt,
    Optional<String> aggregate) {
  private static final int MOST = 200;

  private static final String SELECT =
      """
      SELECT e.effect_id, e.kind, e.effect_type AS type, e.effect_key AS key, e.status,
        e.created_at, coalesce(t.aggregate, o.aggregate) AS aggregate
      FROM (SELECT * FROM effects WHERE tenant_id = ? AND source = ? AND cause = ?
        ORDER BY created_at, effect_id LIMIT %d) e
      LEFT JOIN tasks t ON t.tenant_id = e.tenant_id AND t.task_id = e.effect_id
      LEFT JOIN outbox o ON o.event_id = e.effect_id AND o.tenant_id = e.tenant_id
      ORDER BY e.created_at, e.effect_id
      """
          .formatted(MOST);

  /** Those of {@code event}, in the order of time. */
  static List<CausedEffect> of(Handle handle, LedgerEvent event) {
    return handle
        .createQuery(SELECT)
        .bind(0, event.tenant())
        .bind(1, event.source())
        .bind(2, event.notificationId())
        .mapTo(CausedEffect.class)
        .list();
  }
}
