-- What changed of containers over the last 400 days, by Terminal49's notifications: one row for each
-- field of each change, as the newest notification tells of it. The same rows as the table
-- container_changes of the applications, whether or not the pipeline could store them.
-- A change is what a container.updated names, or another terminal of discharge, which comes without
-- the one before.
CREATE OR REPLACE VIEW ${dataset}.container_changes AS
WITH documents AS (
  SELECT *, COALESCE(payload, approximate_payload) AS document
  FROM ${dataset}.raw_events
  WHERE received_at >= CURRENT_TIMESTAMP - INTERVAL 400 DAY
    AND source = 'terminal49'
    AND event_type IN ('container.updated', 'container.pod_terminal_changed')
),
notifications AS (
  SELECT
    *,
    JSON_VALUE(document, '$.data.relationships.reference_object.data.id') AS change_id,
    JSON_QUERY_ARRAY(document, '$.included') AS included
  FROM documents
),
changes AS (
  SELECT
    *,
    (
      SELECT resource
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type')
          IN ('container_updated_event', 'container_pod_terminal_changed_event')
        AND JSON_VALUE(resource, '$.id') = change_id
      LIMIT 1
    ) AS change
  FROM notifications
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY tenant_id, change_id, event_type
    ORDER BY as_of DESC, notification_id DESC, payload_sha256 DESC, archived_at DESC
  ) = 1
),
described AS (
  SELECT
    *,
    COALESCE(container_id, JSON_VALUE(change, '$.relationships.container.data.id'))
      AS changed_container_id,
    JSON_QUERY(change, '$.attributes.changeset') AS changeset
  FROM changes
  WHERE change IS NOT NULL
),
fields AS (
  SELECT
    described.*,
    field,
    changeset[field] AS change_values,
    JSON_QUERY_ARRAY(changeset[field], '$') AS pair
  FROM described
  CROSS JOIN UNNEST(JSON_KEYS(changeset, 1)) AS field
  WHERE event_type = 'container.updated'
),
rows_of_changes AS (
  SELECT
    * EXCEPT (change_values, pair),
    -- A change that is no pair of before and after is kept whole.
    IF(ARRAY_LENGTH(pair) = 2, pair[SAFE_OFFSET(0)], NULL) AS value_before,
    IF(ARRAY_LENGTH(pair) = 2, pair[SAFE_OFFSET(1)], change_values) AS value_after
  FROM fields
  UNION ALL
  SELECT
    *,
    'pod_terminal' AS field,
    NULL AS value_before,
    JSON_QUERY(change, '$.relationships.terminal.data.id') AS value_after
  FROM described
  WHERE event_type = 'container.pod_terminal_changed'
)
SELECT
  tenant_id,
  changed_container_id AS container_id,
  COALESCE(
    container_number,
    (
      SELECT JSON_VALUE(resource, '$.attributes.number')
      FROM UNNEST(included) AS resource
      WHERE JSON_VALUE(resource, '$.type') = 'container'
        AND JSON_VALUE(resource, '$.id') = changed_container_id
      LIMIT 1
    )
  ) AS container_number,
  COALESCE(shipment_id, JSON_VALUE(change, '$.relationships.shipment.data.id')) AS shipment_id,
  bill_of_lading,
  -- What the field was called in older notifications.
  IF(field = 'pod_terminal_holds', 'holds_at_pod_terminal', field) AS field,
  COALESCE(JSON_VALUE(value_before, '$'), NULLIF(TO_JSON_STRING(value_before), 'null')) AS before,
  COALESCE(JSON_VALUE(value_after, '$'), NULLIF(TO_JSON_STRING(value_after), 'null')) AS after,
  -- Where the change has no time, event_timestamp is that of the notification.
  IF(JSON_VALUE(change, '$.attributes.timestamp') IS NULL, NULL, event_timestamp) AS changed_at,
  JSON_VALUE(change, '$.attributes.timezone') AS timezone,
  JSON_VALUE(change, '$.attributes.data_source') AS data_source,
  event_type,
  notification_id,
  as_of AS notified_at,
  received_at
FROM rows_of_changes
