(
  tenant_id OPTIONS (description = 'Whose events they are.'),
  source OPTIONS (description = 'The kind of sender.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  events OPTIONS (description = 'How many events came.'),
  copies OPTIONS (description = 'How many messages with them are in the archive.'),
  applied OPTIONS (description = 'How many of the events have the status of this name.'),
  stale OPTIONS (description = 'How many of the events have the status of this name.'),
  duplicate OPTIONS (description = 'How many of the events have the status of this name.'),
  unhandled OPTIONS (description = 'How many of the events have the status of this name.'),
  dead_letter OPTIONS (description = 'How many of the events have the status of this name.'),
  discarded OPTIONS (description = 'How many of the events have the status of this name.'),
  pending OPTIONS (description = 'How many of the events have the status of this name.'),
  last_received_at OPTIONS (description = 'When the last event came.'),
  last_processed_at OPTIONS (description = 'When an event ended last.')
)
OPTIONS (description = 'The last 24 hours by tenant, source and type. Outcomes are read from an hour earlier on: the clocks that wrote received_at and processed_at need not agree.')
AS
