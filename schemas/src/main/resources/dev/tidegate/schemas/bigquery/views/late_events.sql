-- Events of the last 90 days that were received more than 24 hours after they happened: one row for
-- each, as it came first. How long the sender took to tell, and how long the way here took, are the
-- two parts of the delay. Estimates lie in the future, and are never late.
CREATE OR REPLACE VIEW ${dataset}.late_events AS
WITH first_copies AS (
  SELECT *
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 90 DAY
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY tenant_id, source, notification_id
    ORDER BY received_at, archived_at, message_id
  ) = 1
)
SELECT
  tenant_id,
  source,
  notification_id,
  event_type,
  shipment_id,
  container_id,
  container_number,
  event_timestamp,
  as_of AS notified_at,
  received_at,
  (UNIX_MILLIS(received_at) - UNIX_MILLIS(event_timestamp)) / 3600000 AS delay_hours,
  (UNIX_MILLIS(as_of) - UNIX_MILLIS(event_timestamp)) / 3600000 AS sender_delay_hours,
  (UNIX_MILLIS(received_at) - UNIX_MILLIS(as_of)) / 3600000 AS delivery_delay_hours
FROM first_copies
WHERE event_timestamp < received_at - INTERVAL 24 HOUR
