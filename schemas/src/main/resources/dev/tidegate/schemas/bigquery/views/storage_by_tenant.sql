-- How much the archive holds for each tenant, by the month in which it came, and what BigQuery asks
-- for keeping it: an estimate. Bytes are those of the bodies, which are counted, and of the other
-- columns, for which an average stands: 650 bytes of a row of raw_events, 800 of
-- dead_letters and 250 of event_outcomes.
-- Prices are those of logical storage in the multi-region US: 0.02 USD for a GiB and month, and half
-- of it for partitions that nothing was added to for 90 days, which here are months before the last
-- three (https://cloud.google.com/bigquery/pricing#storage). Another price is a factor. It is not the
-- price of queries or of writing, and the 10 GiB that Google gives for nothing are not taken off.
CREATE OR REPLACE VIEW ${dataset}.storage_by_tenant AS
WITH prices AS (
  SELECT 0.02 AS usd_per_gib_month, 0.01 AS long_term_usd_per_gib_month
),
archived AS (
  SELECT tenant_id, received_at, payload_bytes, 650 AS other_bytes
  FROM ${dataset}.raw_events
  UNION ALL
  SELECT tenant_id, failed_at AS received_at, payload_bytes, 800 AS other_bytes
  FROM ${dataset}.dead_letters
  UNION ALL
  SELECT tenant_id, processed_at AS received_at, 0 AS payload_bytes, 250 AS other_bytes
  FROM ${dataset}.event_outcomes
),
months AS (
  SELECT
    tenant_id,
    FORMAT_DATE('%Y-%m', CAST(received_at AS DATE)) AS archived_month,
    EXTRACT(YEAR FROM MIN(received_at)) * 12 + EXTRACT(MONTH FROM MIN(received_at)) AS month_number,
    COUNT(*) AS archived_rows,
    SUM(payload_bytes) AS payload_bytes,
    SUM(payload_bytes + other_bytes) AS archived_bytes
  FROM archived
  GROUP BY tenant_id, FORMAT_DATE('%Y-%m', CAST(received_at AS DATE))
),
kept AS (
  SELECT
    *,
    SUM(archived_bytes) OVER (PARTITION BY tenant_id ORDER BY month_number) AS kept_bytes,
    SUM(archived_bytes) OVER (
      PARTITION BY tenant_id
      ORDER BY month_number
      RANGE BETWEEN 2 PRECEDING AND CURRENT ROW
    ) AS recent_bytes
  FROM months
)
SELECT
  archived_month,
  tenant_id,
  archived_rows,
  payload_bytes,
  archived_bytes,
  kept_bytes,
  (
    recent_bytes * usd_per_gib_month
    + (kept_bytes - recent_bytes) * long_term_usd_per_gib_month
  ) / 1073741824 AS estimated_storage_usd,
  usd_per_gib_month,
  long_term_usd_per_gib_month
FROM kept
CROSS JOIN prices
