(
  received_date OPTIONS (description = 'The day of receipt (UTC).'),
  tenant_id OPTIONS (description = 'Whose events they are.'),
  source OPTIONS (description = 'The kind of sender.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  messages OPTIONS (description = 'How many messages came, repeats among them.'),
  repeats OPTIONS (description = 'How many of them were repeats.'),
  dropped_repeats OPTIONS (description = 'Repeats that came within the dedupe window, and were dropped.'),
  late_repeats OPTIONS (description = 'Repeats that came after it, and changed nothing in the tables.'),
  repeated_events OPTIONS (description = 'How many events were repeated.'),
  duplicate_rate OPTIONS (description = 'The share of repeats among the messages, from 0 to 1.')
)
OPTIONS (description = 'How many messages of the last 90 days were repeats, by the day of receipt, tenant, source and type. A repeat is a message with a notification and a body that came before: dropped where it came within the dedupe window, and else written to the archive and found in the tables. Replays do not count. Pub/Sub may deliver a message twice; it has the same ID then, and counts once.')
AS
