-- What goes wrong, and how often: one row for each fingerprint, which failures for the same reason
-- share, described by its last letter. open_events are those that still stand as failed for it,
-- discarded_events those that an operator decided not to replay, and mended_events those that
-- a replay brought to an end.
CREATE OR REPLACE VIEW ${dataset}.dead_letters_by_fingerprint AS
WITH ranked AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY fingerprint, tenant_id, source, notification_id
      ORDER BY failed_at DESC, attempts DESC, message_id DESC
    ) AS age_within_event,
    ROW_NUMBER() OVER (
      PARTITION BY fingerprint
      ORDER BY failed_at DESC, tenant_id, source, notification_id, message_id
    ) AS age
  FROM ${dataset}.dead_letters
)
SELECT
  ranked.fingerprint,
  MAX(IF(ranked.age = 1, ranked.stage, NULL)) AS stage,
  MAX(IF(ranked.age = 1, ranked.error_class, NULL)) AS error_class,
  MAX(IF(ranked.age = 1, ranked.error_message, NULL)) AS error_message,
  COUNT(*) AS letters,
  COUNTIF(ranked.age_within_event = 1) AS events,
  COUNTIF(
    ranked.age_within_event = 1
    AND outcomes.status = 'DEAD_LETTER'
    AND outcomes.fingerprint = ranked.fingerprint
  ) AS open_events,
  COUNTIF(
    ranked.age_within_event = 1
    AND outcomes.status = 'DISCARDED'
    AND outcomes.fingerprint = ranked.fingerprint
  ) AS discarded_events,
  COUNTIF(
    ranked.age_within_event = 1 AND outcomes.status NOT IN ('DEAD_LETTER', 'DISCARDED')
  ) AS mended_events,
  MIN(ranked.failed_at) AS first_failed_at,
  MAX(ranked.failed_at) AS last_failed_at,
  MAX(
    IF(
      outcomes.status = 'DISCARDED' AND outcomes.fingerprint = ranked.fingerprint,
      outcomes.processed_at,
      NULL
    )
  ) AS last_discarded_at,
  COUNT(DISTINCT ranked.tenant_id) AS tenants,
  STRING_AGG(DISTINCT ranked.tenant_id, ', ' ORDER BY ranked.tenant_id) AS tenant_ids,
  STRING_AGG(DISTINCT ranked.event_type, ', ' ORDER BY ranked.event_type) AS event_types,
  MAX(IF(ranked.age = 1, ranked.notification_id, NULL)) AS example_notification_id
FROM ranked
LEFT JOIN ${dataset}.latest_event_outcomes AS outcomes
  ON outcomes.tenant_id = ranked.tenant_id
  AND outcomes.source = ranked.source
  AND outcomes.notification_id = ranked.notification_id
GROUP BY ranked.fingerprint
