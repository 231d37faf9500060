(
  tenant_id OPTIONS (description = 'Whose event it is.'),
  source OPTIONS (description = 'The kind of sender.'),
  notification_id OPTIONS (description = 'The sender\'s ID of the notification.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  failed_at OPTIONS (description = 'When it failed last.'),
  stage OPTIONS (description = 'The pipeline\'s step that failed.'),
  error_class OPTIONS (description = 'The kind of failure.'),
  error_message OPTIONS (description = 'What was wrong, without values.'),
  fingerprint OPTIONS (description = 'What letters share that failed for the same reason.'),
  attempts OPTIONS (description = 'How often the event was tried, as the letter says.'),
  failures OPTIONS (description = 'How often it failed, as the outcomes say.'),
  handler_version OPTIONS (description = 'The version of Tidegate with which it failed.'),
  stack_trace OPTIONS (description = 'Where in the code it failed.'),
  received_at OPTIONS (description = 'When the copy that failed was received.'),
  original_publish_time OPTIONS (description = 'When Pub/Sub took the event for the first time.'),
  payload_sha256 OPTIONS (description = 'The SHA-256 of the body that failed.'),
  replay_id OPTIONS (description = 'The replay in which it failed.')
)
OPTIONS (description = 'Events whose latest outcome is a dead letter, each with the letter that it became last. One that was replayed with success is not among them, and neither is one that was discarded.')
AS
