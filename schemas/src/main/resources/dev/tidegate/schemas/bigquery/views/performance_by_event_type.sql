-- How long events took on each of the last seven days, in milliseconds. Dead letters are counted,
-- but not measured: theirs is the time of a failure. Repeats that were dropped and letters that were
-- discarded are not among them.
CREATE OR REPLACE VIEW ${dataset}.performance_by_event_type AS
WITH measured AS (
  SELECT
    CAST(processed_at AS DATE) AS processed_date,
    tenant_id,
    source,
    event_type,
    COUNTIF(status <> 'DEAD_LETTER') AS outcomes,
    COUNTIF(status = 'DEAD_LETTER') AS dead_letters,
    APPROX_QUANTILES(IF(status <> 'DEAD_LETTER', processing_duration_ms, NULL), 100)
      AS processing_duration_ms,
    APPROX_QUANTILES(IF(status <> 'DEAD_LETTER', latency_ms, NULL), 100) AS latency_ms
  FROM ${dataset}.event_outcomes
  WHERE processed_at >= CURRENT_TIMESTAMP - INTERVAL 7 DAY
    AND status NOT IN ('REPEATED', 'DISCARDED')
  GROUP BY CAST(processed_at AS DATE), tenant_id, source, event_type
)
SELECT
  processed_date,
  tenant_id,
  source,
  event_type,
  outcomes,
  dead_letters,
  processing_duration_ms[SAFE_OFFSET(50)] AS processing_duration_ms_p50,
  processing_duration_ms[SAFE_OFFSET(95)] AS processing_duration_ms_p95,
  processing_duration_ms[SAFE_OFFSET(99)] AS processing_duration_ms_p99,
  latency_ms[SAFE_OFFSET(50)] AS latency_ms_p50,
  latency_ms[SAFE_OFFSET(95)] AS latency_ms_p95,
  latency_ms[SAFE_OFFSET(99)] AS latency_ms_p99
FROM measured
