# Counted from the log, since the gateway's own counters are on its page for Prometheus, which Cloud
# Monitoring reads only where it is told to.
resource "google_logging_metric" "signature_failures" {
  project     = var.project
  name        = local.signature_failure_metric
  description = "Requests that the gateway refused for their signature."
  filter      = local.signature_failure_filter

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = "INT64"
    unit         = "1"
    display_name = "Requests with a bad signature"
  }
}

resource "google_logging_metric" "refused_events" {
  project     = var.project
  name        = local.refused_event_metric
  description = "Events that Pub/Sub has refused for good."
  filter      = local.refused_event_filter

  metric_descriptor {
    metric_kind  = "DELTA"
    value_type   = "INT64"
    unit         = "1"
    display_name = "Events refused by Pub/Sub"
  }
}
