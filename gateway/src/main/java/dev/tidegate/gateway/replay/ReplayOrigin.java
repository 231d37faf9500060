package dev.tidegate.gateway.replay;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.postgresql.StoredDeadLetter;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Where a replay reads events. */
enum ReplayOrigin {
  /**
   * Dead letters. A letter that was there when the replay was asked for stays part of it, should it
   * fail again.
   */
  DEAD_LETTERS(
      """
      SELECT *, failed_at AS selected_at FROM event_dead_letters
      WHERE status = coalesce(:letterStatus, 'OPEN')
        AND (failed_at <= :asked OR published_at <= :asked)
        AND (:errorClasses::text[] = '{}' OR error_class = ANY (:errorClasses))
        AND (:fingerprints::text[] = '{}' OR fingerprint = ANY (:fingerprints))
      """,
      "tenant_id, source, notification_id, content_sha256, stage",
      EffectMode.MISSING),

  /** The bodies that the ledger keeps of processed and unhandled events. */
  LEDGER(
      """
      SELECT e.*, p.payload, e.received_at AS selected_at
      FROM events e
      JOIN event_payloads p
        ON p.tenant_id = e.tenant_id AND p.source = e.source
        AND p.notification_id = e.notification_id AND p.stored_on = e.payload_stored_on
      WHERE e.received_at <= :asked
      """,
      "tenant_id, source, notification_id",
      EffectMode.NONE),

  /** The open dead letters of events that are named; what the ledger keeps of those without one. */
  EVENTS(
      """
      SELECT l.tenant_id, l.source, l.notification_id, l.content_sha256, l.stage, e.event_id,
        l.event_type, l.dead_letter_id, l.error_class, l.attempts, l.message_id, l.published_at,
        l.attributes, l.body, l.body_sha256, NULL::bytea AS version, NULL::bytea AS payload,
        l.failed_at AS selected_at
      FROM events e
      JOIN event_dead_letters l
        ON l.tenant_id = e.tenant_id AND l.source = e.source
        AND l.notification_id = e.notification_id AND l.status = 'OPEN'
      WHERE e.event_id = ANY (:eventIds)
      UNION ALL
      SELECT e.tenant_id, e.source, e.notification_id, '', '', e.event_id, e.event_type, NULL, NULL,
        NULL, NULL, e.published_at, e.attributes, NULL, NULL, e.version, p.payload, e.received_at
      FROM events e
      JOIN event_payloads p
        ON p.tenant_id = e.tenant_id AND p.source = e.source
        AND p.notification_id = e.notification_id AND p.stored_on = e.payload_stored_on
      WHERE e.event_id = ANY (:eventIds)
        AND NOT EXISTS (
          SELECT FROM event_dead_letters l
          WHERE l.tenant_id = e.tenant_id AND l.source = e.source
            AND l.notification_id = e.notification_id AND l.status = 'OPEN')
      """,
      "tenant_id, source, notification_id, content_sha256, stage",
      EffectMode.MISSING);

  private final String rows;
  private final String key;
  private final EffectMode effects;

  ReplayOrigin(String rows, String key, EffectMode effects) {
    this.rows = rows;
    this.key = key;
    this.effects = effects;
  }

  /** Which effects a replay may cause that does not say it. */
  EffectMode usualEffects() {
    return effects;
  }

  /** The query of its rows, with a column {@code selected_at} that since and until speak of. */
  String rows() {
    return rows;
  }

  /** The key of a row, and the order of a replay: it never changes, even if the row does. */
  String key() {
    return key;
  }

  /** The event of a row, ready to be stamped. */
  RawEvent eventOf(ResultSet row) throws SQLException {
    boolean isLetter =
        this == DEAD_LETTERS || (this == EVENTS && row.getString("dead_letter_id") != null);
    return isLetter ? StoredDeadLetter.eventOf(row) : LedgerPayload.eventOf(row);
  }
}
