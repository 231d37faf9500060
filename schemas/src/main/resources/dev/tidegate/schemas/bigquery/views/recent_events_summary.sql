-- The last 24 hours by tenant, source and type. Outcomes are read from an hour earlier on: the
-- clocks that wrote received_at and processed_at need not agree.
CREATE OR REPLACE VIEW ${dataset}.recent_events_summary AS
WITH received AS (
  SELECT
    tenant_id,
    source,
    notification_id,
    MAX(event_type) AS event_type,
    COUNT(DISTINCT message_id) AS copies,
    MAX(received_at) AS received_at
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 24 HOUR
  GROUP BY tenant_id, source, notification_id
),
outcomes AS (
  SELECT tenant_id, source, notification_id, status, processed_at
  FROM ${dataset}.event_outcomes
  WHERE processed_at >= CURRENT_TIMESTAMP - INTERVAL 25 HOUR AND status <> 'REPEATED'
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY tenant_id, source, notification_id
    ORDER BY IF(status = 'DUPLICATE', 0, 1) DESC, processed_at DESC, message_id DESC, status DESC
  ) = 1
)
SELECT
  received.tenant_id,
  received.source,
  received.event_type,
  COUNT(*) AS events,
  SUM(received.copies) AS copies,
  COUNTIF(outcomes.status = 'APPLIED') AS applied,
  COUNTIF(outcomes.status = 'STALE') AS stale,
  COUNTIF(outcomes.status = 'DUPLICATE') AS duplicate,
  COUNTIF(outcomes.status = 'UNHANDLED') AS unhandled,
  COUNTIF(outcomes.status = 'DEAD_LETTER') AS dead_letter,
  COUNTIF(outcomes.status = 'DISCARDED') AS discarded,
  COUNTIF(outcomes.status IS NULL) AS pending,
  MAX(received.received_at) AS last_received_at,
  MAX(outcomes.processed_at) AS last_processed_at
FROM received
LEFT JOIN outcomes
  ON outcomes.tenant_id = received.tenant_id
  AND outcomes.source = received.source
  AND outcomes.notification_id = received.notification_id
GROUP BY received.tenant_id, received.source, received.event_type
