(
  archived_month OPTIONS (description = 'The month in which the rows came (UTC), such as 2026-01.'),
  tenant_id OPTIONS (description = 'Whose rows they are.'),
  archived_rows OPTIONS (description = 'How many rows came, in all three tables.'),
  payload_bytes OPTIONS (description = 'Bytes of their bodies.'),
  archived_bytes OPTIONS (description = 'Bytes of the rows: the bodies, and an average for the other columns.'),
  kept_bytes OPTIONS (description = 'Bytes of this month and of all months before it.'),
  estimated_storage_usd OPTIONS (description = 'What it costs to keep these for one month, in US dollars.'),
  usd_per_gib_month OPTIONS (description = 'The price that was used for this month and the two before.'),
  long_term_usd_per_gib_month OPTIONS (description = 'The price that was used for older months.')
)
OPTIONS (description = 'How much the archive holds for each tenant, by the month in which it came, and what BigQuery asks for keeping it: an estimate. Bytes are those of the bodies, which are counted, and of the other columns, for which an average stands: 650 bytes of a row of raw_events, 800 of dead_letters and 250 of event_outcomes. Prices are those of logical storage in the multi-region US: 0.02 USD for a GiB and month, and half of it for partitions that nothing was added to for 90 days, which here are months before the last three (https://cloud.google.com/bigquery/pricing#storage). Another price is a factor. It is not the price of queries or of writing, and the 10 GiB that Google gives for nothing are not taken off.')
AS
