-- The last 90 days by the day of receipt, tenant, source and type. An event that came on two days
-- counts on both; a failure counts on the day its event was received.
CREATE OR REPLACE VIEW ${dataset}.daily_event_trends AS
WITH records AS (
  SELECT
    received_at, tenant_id, source, event_type, notification_id, message_id, 'RECEIVED' AS status
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 90 DAY
  UNION ALL
  SELECT
    received_at, tenant_id, source, event_type, notification_id, message_id, status
  FROM ${dataset}.event_outcomes
  WHERE processed_at >= CURRENT_TIMESTAMP - INTERVAL 91 DAY
    AND received_at >= CURRENT_TIMESTAMP - INTERVAL 90 DAY
),
days AS (
  SELECT
    CAST(received_at AS DATE) AS received_date,
    tenant_id,
    source,
    event_type,
    COUNT(DISTINCT notification_id) AS events,
    COUNT(DISTINCT IF(status = 'RECEIVED', message_id, NULL)) AS copies,
    COUNT(DISTINCT IF(status = 'DUPLICATE', message_id, NULL)) AS duplicates,
    COUNT(DISTINCT IF(status = 'DEAD_LETTER', notification_id, NULL)) AS failed_events
  FROM records
  GROUP BY CAST(received_at AS DATE), tenant_id, source, event_type
),
compared AS (
  SELECT
    *,
    COALESCE(SUM(events) OVER (
      PARTITION BY tenant_id, source, event_type
      ORDER BY UNIX_DATE(received_date)
      RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING
    ), 0) AS events_day_before
  FROM days
)
SELECT
  received_date,
  tenant_id,
  source,
  event_type,
  events,
  copies,
  duplicates,
  failed_events,
  failed_events / events AS failure_ratio,
  events_day_before,
  events - events_day_before AS events_change
FROM compared
