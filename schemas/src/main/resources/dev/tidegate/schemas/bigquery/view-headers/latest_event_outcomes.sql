(
  tenant_id OPTIONS (description = 'Whose event it is.'),
  source OPTIONS (description = 'The kind of sender.'),
  notification_id OPTIONS (description = 'The sender\'s ID of the notification.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  status OPTIONS (description = 'How the event ended last, as in event_outcomes.'),
  stage OPTIONS (description = 'Of a dead letter: the pipeline\'s step that failed.'),
  error_class OPTIONS (description = 'Of a dead letter: the kind of failure.'),
  fingerprint OPTIONS (description = 'Of a dead letter: what letters share that failed for the same reason.'),
  received_at OPTIONS (description = 'When the copy that ended so was received.'),
  processed_at OPTIONS (description = 'When it ended.'),
  processing_duration_ms OPTIONS (description = 'Milliseconds from reaching the sink to the commit.'),
  latency_ms OPTIONS (description = 'Milliseconds from Pub/Sub to the end.'),
  replay_id OPTIONS (description = 'The replay in which it ended so.'),
  failures OPTIONS (description = 'How many of the event\'s outcomes are dead letters.')
)
OPTIONS (description = 'One row for each event that has come to an end: how it ended last. A repeat of an event that had an outcome before says nothing new of it, so DUPLICATE stands only where nothing else is known, and repeats that were dropped are left out.')
AS
