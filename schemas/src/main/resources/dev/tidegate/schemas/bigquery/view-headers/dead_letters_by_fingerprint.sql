(
  fingerprint OPTIONS (description = 'The reason; ./tidegate replay can select by it.'),
  stage OPTIONS (description = 'The pipeline\'s step that failed, of the last letter.'),
  error_class OPTIONS (description = 'The kind of failure, of the last letter.'),
  error_message OPTIONS (description = 'What was wrong, of the last letter.'),
  letters OPTIONS (description = 'How many dead letters there are.'),
  events OPTIONS (description = 'How many events they belong to.'),
  open_events OPTIONS (description = 'Events that still wait for a replay or a discard.'),
  discarded_events OPTIONS (description = 'Events that an operator discarded.'),
  mended_events OPTIONS (description = 'Events that a replay brought to an end.'),
  first_failed_at OPTIONS (description = 'When the first letter failed.'),
  last_failed_at OPTIONS (description = 'When the last letter failed.'),
  last_discarded_at OPTIONS (description = 'When an operator discarded an event last.'),
  tenants OPTIONS (description = 'How many tenants are concerned.'),
  tenant_ids OPTIONS (description = 'The tenants that are concerned.'),
  event_types OPTIONS (description = 'The event types that are concerned.'),
  example_notification_id OPTIONS (description = 'The notification ID of the last letter.')
)
OPTIONS (description = 'What goes wrong, and how often: one row for each fingerprint, which failures for the same reason share, described by its last letter. open_events are those that still stand as failed for it, discarded_events those that an operator decided not to replay, and mended_events those that a replay brought to an end.')
AS
