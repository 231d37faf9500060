-- Terminal49's transport events of the last 400 days: what happened to a container, or is expected
-- to. One row for each transport event, as the newest notification tells of it; newest by the
-- sender's time, as in the tables. A notification that names no transport event stands for itself.
-- Names of places and vessels are in resources of their own, which a notification may leave out.
-- No text is read as a time here: engines read different texts as times. The pipeline has read them
-- as it does for the tables. A time of the sender's that cannot be is no time, and comes last.
CREATE OR REPLACE VIEW ${dataset}.container_milestones AS
WITH documents AS (
  SELECT *, COALESCE(payload, approximate_payload) AS document
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 400 DAY
    AND source = 'terminal49'
    AND STARTS_WITH(event_type, 'container.transport.')
),
notifications AS (
  SELECT
    *,
    IF(
      JSON_VALUE(document, '$.data.relationships.reference_object.data.type') = 'transport_event',
      NULLIF(JSON_VALUE(document, '$.data.relationships.reference_object.data.id'), ''),
      NULL
    ) AS transport_event_id,
    JSON_QUERY_ARRAY(document, '$.included') AS included
  FROM documents
),
milestones AS (
  SELECT
    *,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') = 'transport_event'
        AND JSON_VALUE(resource, '$.id') = transport_event_id
      LIMIT 1
    ) AS transport_event
  FROM notifications
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY
      tenant_id, transport_event_id, IF(transport_event_id IS NULL, notification_id, NULL)
    ORDER BY as_of DESC, notification_id DESC, payload_sha256 DESC, archived_at DESC
  ) = 1
),
related AS (
  SELECT
    *,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') = 'container'
        AND JSON_VALUE(resource, '$.id')
          = JSON_VALUE(transport_event, '$.relationships.container.data.id')
      LIMIT 1
    ) AS container,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') = 'shipment'
        AND JSON_VALUE(resource, '$.id')
          = JSON_VALUE(transport_event, '$.relationships.shipment.data.id')
      LIMIT 1
    ) AS shipment,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') IN ('port', 'metro_area')
        AND JSON_VALUE(resource, '$.id')
          = JSON_VALUE(transport_event, '$.relationships.location.data.id')
      LIMIT 1
    ) AS location,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') IN ('terminal', 'rail_terminal')
        AND JSON_VALUE(resource, '$.id')
          = JSON_VALUE(transport_event, '$.relationships.terminal.data.id')
      LIMIT 1
    ) AS terminal,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') = 'vessel'
        AND JSON_VALUE(resource, '$.id')
          = JSON_VALUE(transport_event, '$.relationships.vessel.data.id')
      LIMIT 1
    ) AS vessel
  FROM milestones
)
SELECT
  tenant_id,
  transport_event_id,
  COALESCE(container_id, JSON_VALUE(transport_event, '$.relationships.container.data.id'))
    AS container_id,
  COALESCE(container_number, JSON_VALUE(container, '$.attributes.number')) AS container_number,
  COALESCE(shipment_id, JSON_VALUE(transport_event, '$.relationships.shipment.data.id'))
    AS shipment_id,
  COALESCE(bill_of_lading, JSON_VALUE(shipment, '$.attributes.bill_of_lading_number'))
    AS bill_of_lading,
  event_type,
  STARTS_WITH(event_type, 'container.transport.estimated.') AS is_estimate,
  -- Where the transport event has no time, event_timestamp is that of the notification.
  IF(JSON_VALUE(transport_event, '$.attributes.timestamp') IS NULL, NULL, event_timestamp)
    AS event_timestamp,
  JSON_VALUE(transport_event, '$.attributes.timezone') AS timezone,
  JSON_VALUE(transport_event, '$.attributes.location_locode') AS location_locode,
  JSON_VALUE(location, '$.attributes.name') AS location_name,
  JSON_VALUE(terminal, '$.attributes.name') AS terminal_name,
  JSON_VALUE(vessel, '$.attributes.name') AS vessel_name,
  JSON_VALUE(vessel, '$.attributes.imo') AS vessel_imo,
  JSON_VALUE(transport_event, '$.attributes.voyage_number') AS voyage_number,
  JSON_VALUE(transport_event, '$.attributes.data_source') AS data_source,
  invalidated_at,
  notification_id,
  as_of AS notified_at,
  received_at
FROM related
