(
  tenant_id OPTIONS (description = 'Whose container it is.'),
  container_id OPTIONS (description = 'The sender\'s ID of the container.'),
  container_number OPTIONS (description = 'The container\'s number.'),
  shipment_id OPTIONS (description = 'The sender\'s ID of the shipment.'),
  bill_of_lading OPTIONS (description = 'The shipment\'s bill of lading number.'),
  field OPTIONS (description = 'What changed.'),
  before OPTIONS (description = 'The value before, as text; lists and objects as JSON; null where there was none.'),
  after OPTIONS (description = 'The value since then.'),
  changed_at OPTIONS (description = 'When it changed.'),
  timezone OPTIONS (description = 'The time zone of the place.'),
  data_source OPTIONS (description = 'Who says so.'),
  event_type OPTIONS (description = 'The type of the notification.'),
  notification_id OPTIONS (description = 'The sender\'s ID of the notification.'),
  notified_at OPTIONS (description = 'When the sender made the notification.'),
  received_at OPTIONS (description = 'When the notification came.')
)
OPTIONS (description = 'What changed of containers over the last 400 days, by Terminal49\'s notifications: one row for each field of each change, as the newest notification tells of it. The same rows as the table container_changes of the applications, whether or not the pipeline could store them. A change is what a container.updated names, or another terminal of discharge, which comes without the one before.')
AS
