-- One row for each event that has come to an end: how it ended last. A repeat of an event that had
-- an outcome before says nothing new of it, so DUPLICATE stands only where nothing else is known, and
-- repeats that were dropped are left out.
CREATE OR REPLACE VIEW ${dataset}.latest_event_outcomes AS
WITH ranked AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY tenant_id, source, notification_id
      ORDER BY IF(status = 'DUPLICATE', 0, 1) DESC, processed_at DESC, message_id DESC, status DESC
    ) AS age,
    COUNTIF(status = 'DEAD_LETTER') OVER (PARTITION BY tenant_id, source, notification_id) AS failures
  FROM ${dataset}.event_outcomes
  WHERE status <> 'REPEATED'
)
SELECT
  tenant_id,
  source,
  notification_id,
  event_type,
  status,
  stage,
  error_class,
  fingerprint,
  received_at,
  processed_at,
  processing_duration_ms,
  latency_ms,
  replay_id,
  failures
FROM ranked
WHERE age = 1
