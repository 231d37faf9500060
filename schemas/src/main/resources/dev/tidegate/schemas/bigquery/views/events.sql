-- One row for each notification, however often it came: the body that came last, and how it ended.
-- The inner query keeps a row for each time of receipt, so that a condition on received_at can skip
-- partitions; the join then keeps the last of them.
CREATE OR REPLACE VIEW ${dataset}.events AS
WITH bodies AS (
  SELECT *
  FROM ${dataset}.raw_events
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY tenant_id, source, notification_id, received_at
    ORDER BY archived_at DESC, payload_sha256 DESC, message_id DESC
  ) = 1
),
copies AS (
  SELECT
    tenant_id,
    source,
    notification_id,
    COUNT(DISTINCT message_id) AS copies,
    COUNT(DISTINCT payload_sha256) AS different_bodies,
    MIN(received_at) AS first_received_at,
    MAX(received_at) AS last_received_at
  FROM ${dataset}.raw_events
  GROUP BY tenant_id, source, notification_id
)
SELECT
  bodies.tenant_id,
  bodies.source,
  bodies.notification_id,
  bodies.event_type,
  bodies.event_category,
  bodies.event_timestamp,
  bodies.received_at,
  copies.first_received_at,
  bodies.archived_at,
  copies.copies,
  copies.different_bodies,
  COALESCE(outcomes.status, 'PENDING') AS status,
  outcomes.stage,
  outcomes.error_class,
  outcomes.fingerprint,
  outcomes.processed_at,
  outcomes.processing_duration_ms,
  outcomes.latency_ms,
  COALESCE(outcomes.failures, 0) AS failures,
  bodies.shipment_id,
  bodies.container_id,
  bodies.tracking_request_id,
  bodies.bill_of_lading,
  bodies.container_number,
  bodies.payload,
  bodies.body,
  bodies.payload_bytes,
  bodies.payload_sha256
FROM bodies
JOIN copies
  ON copies.tenant_id = bodies.tenant_id
  AND copies.source = bodies.source
  AND copies.notification_id = bodies.notification_id
  AND copies.last_received_at = bodies.received_at
LEFT JOIN ${dataset}.latest_event_outcomes AS outcomes
  ON outcomes.tenant_id = bodies.tenant_id
  AND outcomes.source = bodies.source
  AND outcomes.notification_id = bodies.notification_id
