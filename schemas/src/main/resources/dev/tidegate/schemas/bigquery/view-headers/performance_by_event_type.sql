(
  processed_date OPTIONS (description = 'The day (UTC).'),
  tenant_id OPTIONS (description = 'Whose events they are.'),
  source OPTIONS (description = 'The kind of sender.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  outcomes OPTIONS (description = 'How many outcomes were measured.'),
  dead_letters OPTIONS (description = 'How many dead letters there were; they are not measured.'),
  processing_duration_ms_p50 OPTIONS (description = 'Percentile of the milliseconds from reaching the sink to the commit.'),
  processing_duration_ms_p95 OPTIONS (description = 'Percentile of the milliseconds from reaching the sink to the commit.'),
  processing_duration_ms_p99 OPTIONS (description = 'Percentile of the milliseconds from reaching the sink to the commit.'),
  latency_ms_p50 OPTIONS (description = 'Percentile of the milliseconds from Pub/Sub to the commit.'),
  latency_ms_p95 OPTIONS (description = 'Percentile of the milliseconds from Pub/Sub to the commit.'),
  latency_ms_p99 OPTIONS (description = 'Percentile of the milliseconds from Pub/Sub to the commit.')
)
OPTIONS (description = 'How long events took on each of the last seven days, in milliseconds. Dead letters are counted, but not measured: theirs is the time of a failure. Repeats that were dropped and letters that were discarded are not among them.')
AS
