(
  tenant_id OPTIONS (description = 'Whose shipment it is.'),
  shipment_id OPTIONS (description = 'The sender\'s ID of the shipment.'),
  bill_of_lading OPTIONS (description = 'The shipment\'s bill of lading number.'),
  container_id OPTIONS (description = 'The container, where the estimate is about one.'),
  event_type OPTIONS (description = 'Which arrival it is.'),
  location_locode OPTIONS (description = 'The UN/LOCODE of the place.'),
  notified_at OPTIONS (description = 'When the sender made the notification.'),
  estimated_arrival_at OPTIONS (description = 'The estimate.'),
  previous_estimated_arrival_at OPTIONS (description = 'The estimate before.'),
  change_hours OPTIONS (description = 'How many hours later the arrival is now; negative where it is earlier.'),
  notification_id OPTIONS (description = 'The sender\'s ID of the notification.'),
  received_at OPTIONS (description = 'When the notification came.')
)
OPTIONS (description = 'How the estimated arrivals of shipments moved over the last 400 days, by Terminal49\'s estimates: one row for each notification, in the order of the sender\'s time and not of receipt. An estimate is compared with the one before of the same type, and of the same container where it is of one. An estimate that does not say whose it is is left out. So is one of a notification without a time or with one that cannot be: it has no place in the order. Times are as the pipeline has read them.')
AS
