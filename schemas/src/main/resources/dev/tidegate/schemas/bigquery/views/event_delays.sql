-- How long after they happened the events of the last 90 days were received, in hours, by tenant,
-- source and type. Each event counts once, as it came first. Measured are those that had happened:
-- estimates lie in the future, and some events do not say when they happened.
CREATE OR REPLACE VIEW ${dataset}.event_delays AS
WITH first_copies AS (
  SELECT *
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 90 DAY
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY tenant_id, source, notification_id
    ORDER BY received_at, archived_at, message_id
  ) = 1
),
delays AS (
  SELECT
    tenant_id,
    source,
    event_type,
    IF(
      event_timestamp <= received_at,
      (UNIX_MILLIS(received_at) - UNIX_MILLIS(event_timestamp)) / 3600000,
      NULL
    ) AS delay_hours,
    (UNIX_MILLIS(received_at) - UNIX_MILLIS(as_of)) / 3600000 AS delivery_delay_hours
  FROM first_copies
),
measured AS (
  SELECT
    tenant_id,
    source,
    event_type,
    COUNT(*) AS events,
    COUNT(delay_hours) AS measured_events,
    COUNTIF(delay_hours > 24) AS late_events,
    MAX(delay_hours) AS delay_hours_max,
    APPROX_QUANTILES(delay_hours, 100) AS delay_hours,
    APPROX_QUANTILES(delivery_delay_hours, 100) AS delivery_delay_hours
  FROM delays
  GROUP BY tenant_id, source, event_type
)
SELECT
  tenant_id,
  source,
  event_type,
  events,
  measured_events,
  late_events,
  delay_hours[SAFE_OFFSET(50)] AS delay_hours_p50,
  delay_hours[SAFE_OFFSET(95)] AS delay_hours_p95,
  delay_hours[SAFE_OFFSET(99)] AS delay_hours_p99,
  delay_hours_max,
  delivery_delay_hours[SAFE_OFFSET(50)] AS delivery_delay_hours_p50,
  delivery_delay_hours[SAFE_OFFSET(95)] AS delivery_delay_hours_p95
FROM measured
