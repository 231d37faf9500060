(
  tenant_id OPTIONS (description = 'Whose events they are.'),
  source OPTIONS (description = 'The kind of sender.'),
  event_type OPTIONS (description = 'The sender\'s name of what happened.'),
  events OPTIONS (description = 'How many events came.'),
  measured_events OPTIONS (description = 'How many of them are measured.'),
  late_events OPTIONS (description = 'How many came more than 24 hours after they happened.'),
  delay_hours_p50 OPTIONS (description = 'Percentile of the hours from happening to receipt.'),
  delay_hours_p95 OPTIONS (description = 'Percentile of the hours from happening to receipt.'),
  delay_hours_p99 OPTIONS (description = 'Percentile of the hours from happening to receipt.'),
  delay_hours_max OPTIONS (description = 'The longest of these delays.'),
  delivery_delay_hours_p50 OPTIONS (description = 'Percentile of the hours from the making of the notification to receipt.'),
  delivery_delay_hours_p95 OPTIONS (description = 'Percentile of the hours from the making of the notification to receipt.')
)
OPTIONS (description = 'How long after they happened the events of the last 90 days were received, in hours, by tenant, source and type. Each event counts once, as it came first. Measured are those that had happened: estimates lie in the future, and some events do not say when they happened.')
AS
