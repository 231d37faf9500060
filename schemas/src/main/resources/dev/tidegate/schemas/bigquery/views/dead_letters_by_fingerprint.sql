-- What goes wrong, and how often: one row for each fingerprint, which failures for the same reason
-- share, described by its last letter. open_events are those that still stand as failed for it.
CREATE OR REPLACE VIEW ${dataset}.dead_letters_by_fingerprint AS
WITH letters AS (
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
  letters.fingerprint,
  MAX(IF(letters.age = 1, letters.stage, NULL)) AS stage,
  MAX(IF(letters.age = 1, letters.error_class, NULL)) AS error_class,
  MAX(IF(letters.age = 1, letters.error_message, NULL)) AS error_message,
  COUNT(*) AS letters,
  COUNTIF(letters.age_within_event = 1) AS events,
  COUNTIF(
    letters.age_within_event = 1
    AND outcomes.status = 'DEAD_LETTER'
    AND outcomes.fingerprint = letters.fingerprint
  ) AS open_events,
  MIN(letters.failed_at) AS first_failed_at,
  MAX(letters.failed_at) AS last_failed_at,
  COUNT(DISTINCT letters.tenant_id) AS tenants,
  STRING_AGG(DISTINCT letters.tenant_id, ', ' ORDER BY letters.tenant_id) AS tenant_ids,
  STRING_AGG(DISTINCT letters.event_type, ', ' ORDER BY letters.event_type) AS event_types,
  MAX(IF(letters.age = 1, letters.notification_id, NULL)) AS example_notification_id
FROM letters
LEFT JOIN ${dataset}.latest_event_outcomes AS outcomes
  ON outcomes.tenant_id = letters.tenant_id
  AND outcomes.source = letters.source
  AND outcomes.notification_id = letters.notification_id
GROUP BY letters.fingerprint
