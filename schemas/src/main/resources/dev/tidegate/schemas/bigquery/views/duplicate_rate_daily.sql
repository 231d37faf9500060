-- How many messages of the last 90 days were repeats, by the day of receipt, tenant, source and type.
-- A repeat is a message with a notification and a body that came before: dropped where it came within
-- the dedupe window, and else written to the archive and found in the tables. Replays do not count.
-- Pub/Sub may deliver a message twice; it has the same ID then, and counts once.
CREATE OR REPLACE VIEW ${dataset}.duplicate_rate_daily AS
WITH records AS (
  SELECT
    received_at, tenant_id, source, event_type, notification_id, message_id, 'RECEIVED' AS status
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 90 DAY AND replay_id IS NULL
  UNION ALL
  SELECT
    received_at, tenant_id, source, event_type, notification_id, message_id, status
  FROM ${dataset}.event_outcomes
  WHERE processed_at >= CURRENT_TIMESTAMP - INTERVAL 91 DAY
    AND received_at >= CURRENT_TIMESTAMP - INTERVAL 90 DAY
    AND status IN ('REPEATED', 'DUPLICATE')
    AND replay_id IS NULL
),
messages AS (
  SELECT
    MIN(received_at) AS received_at,
    tenant_id,
    source,
    event_type,
    notification_id,
    COUNTIF(status = 'RECEIVED') = 0 AS is_dropped,
    COUNTIF(status = 'RECEIVED') > 0 AND COUNTIF(status = 'DUPLICATE') > 0 AS is_known
  FROM records
  GROUP BY tenant_id, source, event_type, notification_id, message_id
)
SELECT
  CAST(received_at AS DATE) AS received_date,
  tenant_id,
  source,
  event_type,
  COUNT(*) AS messages,
  COUNTIF(is_dropped OR is_known) AS repeats,
  COUNTIF(is_dropped) AS dropped_repeats,
  COUNTIF(is_known) AS late_repeats,
  COUNT(DISTINCT IF(is_dropped OR is_known, notification_id, NULL)) AS repeated_events,
  COUNTIF(is_dropped OR is_known) / COUNT(*) AS duplicate_rate
FROM messages
GROUP BY CAST(received_at AS DATE), tenant_id, source, event_type
