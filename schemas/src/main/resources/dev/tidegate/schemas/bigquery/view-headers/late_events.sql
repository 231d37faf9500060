(
  tenant_id OPTIONS (description = 'Whose event it is.'),
  source OPTIONS (description = 'The kind of sender.'),
  notification_id OPTIONS (description = 'The sender\'s ID of the notification.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  shipment_id OPTIONS (description = 'The sender\'s ID of the shipment.'),
  container_id OPTIONS (description = 'The sender\'s ID of the container.'),
  container_number OPTIONS (description = 'The container\'s number.'),
  event_timestamp OPTIONS (description = 'When it happened, as the sender says.'),
  notified_at OPTIONS (description = 'When the sender made the notification.'),
  received_at OPTIONS (description = 'When the event came first.'),
  delay_hours OPTIONS (description = 'Hours from happening to receipt.'),
  sender_delay_hours OPTIONS (description = 'The part of them before the sender made the notification.'),
  delivery_delay_hours OPTIONS (description = 'The part of them after it.')
)
OPTIONS (description = 'Events of the last 90 days that were received more than 24 hours after they happened: one row for each, as it came first. How long the sender took to tell, and how long the way here took, are the two parts of the delay. Estimates lie in the future, and are never late.')
AS
