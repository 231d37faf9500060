-- How the estimated arrivals of shipments moved over the last 400 days, by Terminal49's estimates:
-- one row for each notification, in the order of the sender's time and not of receipt. An estimate
-- is compared with the one before of the same type, and of the same container where it is of one.
-- An estimate that does not say whose it is is left out. So is one of a notification without a time
-- or with one that cannot be: it has no place in the order. Times are as the pipeline has read them.
CREATE OR REPLACE VIEW ${dataset}.shipment_eta_history AS
WITH documents AS (
  SELECT *, COALESCE(payload, approximate_payload) AS document
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 400 DAY
    AND source = 'terminal49'
    AND event_type IN (
      'shipment.estimated.arrival',
      'container.transport.estimated.vessel_arrived',
      'container.transport.estimated.arrived_at_inland_destination'
    )
    AND as_of IS NOT NULL
),
notifications AS (
  SELECT
    *,
    JSON_VALUE(document, '$.data.relationships.reference_object.data.id') AS estimate_id,
    JSON_QUERY_ARRAY(document, '$.included') AS included
  FROM documents
),
estimates AS (
  SELECT
    *,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') IN ('estimated_event', 'transport_event')
        AND JSON_VALUE(resource, '$.id') = estimate_id
      LIMIT 1
    ) AS estimate
  FROM notifications
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY tenant_id, notification_id
    ORDER BY as_of DESC, payload_sha256 DESC, archived_at DESC
  ) = 1
),
arrivals AS (
  SELECT
    tenant_id,
    COALESCE(shipment_id, JSON_VALUE(estimate, '$.relationships.shipment.data.id')) AS shipment_id,
    COALESCE(
      bill_of_lading,
      (
        SELECT JSON_VALUE(resource, '$.attributes.bill_of_lading_number')
        FROM UNNEST(included) AS resource
        WHERE JSON_VALUE(resource, '$.type') = 'shipment'
          AND JSON_VALUE(resource, '$.id')
            = JSON_VALUE(estimate, '$.relationships.shipment.data.id')
        LIMIT 1
      )
    ) AS bill_of_lading,
    IF(
      event_type = 'shipment.estimated.arrival',
      NULL,
      COALESCE(container_id, JSON_VALUE(estimate, '$.relationships.container.data.id'))
    ) AS container_id,
    event_type,
    JSON_VALUE(estimate, '$.attributes.location_locode') AS location_locode,
    -- Where the estimate has no time, event_timestamp is that of the notification.
    IF(
      COALESCE(
        JSON_VALUE(estimate, '$.attributes.timestamp'),
        JSON_VALUE(estimate, '$.attributes.estimated_timestamp')
      ) IS NULL,
      NULL,
      event_timestamp
    ) AS estimated_arrival_at,
    notification_id,
    as_of AS notified_at,
    received_at
  FROM estimates
),
compared AS (
  SELECT
    *,
    LAG(estimated_arrival_at) OVER (
      PARTITION BY tenant_id, shipment_id, event_type, container_id
      ORDER BY notified_at, notification_id
    ) AS previous_estimated_arrival_at
  FROM arrivals
  WHERE shipment_id IS NOT NULL AND estimated_arrival_at IS NOT NULL
)
SELECT
  tenant_id,
  shipment_id,
  bill_of_lading,
  container_id,
  event_type,
  location_locode,
  notified_at,
  estimated_arrival_at,
  previous_estimated_arrival_at,
  (UNIX_MILLIS(estimated_arrival_at) - UNIX_MILLIS(previous_estimated_arrival_at)) / 3600000
    AS change_hours,
  notification_id,
  received_at
FROM compared
