(
  tenant_id OPTIONS (description = 'Whose container it is.'),
  transport_event_id OPTIONS (description = 'The sender\'s ID of the transport event; null where the notification could not be read.'),
  container_id OPTIONS (description = 'The sender\'s ID of the container.'),
  container_number OPTIONS (description = 'The container\'s number.'),
  shipment_id OPTIONS (description = 'The sender\'s ID of the shipment.'),
  bill_of_lading OPTIONS (description = 'The shipment\'s bill of lading number.'),
  event_type OPTIONS (description = 'What happened, or is expected to.'),
  is_estimate OPTIONS (description = 'Whether it is only expected.'),
  event_timestamp OPTIONS (description = 'When it happened.'),
  timezone OPTIONS (description = 'The time zone of the place; without one, event_timestamp is the local time, written as UTC.'),
  location_locode OPTIONS (description = 'The UN/LOCODE of the place.'),
  location_name OPTIONS (description = 'The name of the place.'),
  terminal_name OPTIONS (description = 'The name of the terminal.'),
  vessel_name OPTIONS (description = 'The vessel\'s name.'),
  vessel_imo OPTIONS (description = 'The vessel\'s IMO number.'),
  voyage_number OPTIONS (description = 'The voyage.'),
  data_source OPTIONS (description = 'Who says so.'),
  invalidated_at OPTIONS (description = 'When the sender took it back.'),
  notification_id OPTIONS (description = 'The sender\'s ID of the notification.'),
  notified_at OPTIONS (description = 'When the sender made the notification; null where it gives no time that can be.'),
  received_at OPTIONS (description = 'When the notification came.')
)
OPTIONS (description = 'Terminal49\'s transport events of the last 400 days: what happened to a container, or is expected to. One row for each transport event, as the newest notification tells of it; newest by the sender\'s time, as in the tables. A notification that names no transport event stands for itself. Names of places and vessels are in resources of their own, which a notification may leave out. No text is read as a time here: engines read different texts as times. The pipeline has read them as it does for the tables. A time of the sender\'s that cannot be is no time, and comes last.')
AS
