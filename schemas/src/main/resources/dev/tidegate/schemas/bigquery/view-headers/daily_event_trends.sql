(
  received_date OPTIONS (description = 'The day of receipt (UTC).'),
  tenant_id OPTIONS (description = 'Whose events they are.'),
  source OPTIONS (description = 'The kind of sender.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  events OPTIONS (description = 'How many events came; one that came on two days counts on both.'),
  copies OPTIONS (description = 'How many messages with them are in the archive.'),
  duplicates OPTIONS (description = 'How many of these messages the tables had already; repeats that were dropped are in duplicate_rate_daily.'),
  failed_events OPTIONS (description = 'How many events became a dead letter, even if a replay mended it.'),
  failure_ratio OPTIONS (description = 'The share of these events.'),
  events_day_before OPTIONS (description = 'How many events came the day before; 0 where nothing came.'),
  events_change OPTIONS (description = 'The difference to the day before.')
)
OPTIONS (description = 'The last 90 days by the day of receipt, tenant, source and type. An event that came on two days counts on both; a failure counts on the day its event was received.')
AS
