-- Events whose latest outcome is a dead letter, each with the letter that it became last. One that
-- was replayed with success is not among them, and neither is one that was discarded.
CREATE OR REPLACE VIEW ${dataset}.failed_events AS
WITH letters AS (
  SELECT *
  FROM ${dataset}.dead_letters
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY tenant_id, source, notification_id, fingerprint
    ORDER BY failed_at DESC, attempts DESC, message_id DESC
  ) = 1
)
SELECT
  outcomes.tenant_id,
  outcomes.source,
  outcomes.notification_id,
  outcomes.event_type,
  outcomes.processed_at AS failed_at,
  outcomes.stage,
  outcomes.error_class,
  letters.error_message,
  outcomes.fingerprint,
  letters.attempts,
  outcomes.failures,
  letters.handler_version,
  letters.stack_trace,
  outcomes.received_at,
  letters.original_publish_time,
  letters.payload_sha256,
  outcomes.replay_id
FROM ${dataset}.latest_event_outcomes AS outcomes
LEFT JOIN letters
  ON letters.tenant_id = outcomes.tenant_id
  AND letters.source = outcomes.source
  AND letters.notification_id = outcomes.notification_id
  AND letters.fingerprint = outcomes.fingerprint
WHERE outcomes.status = 'DEAD_LETTER'
