resource "google_monitoring_alert_policy" "query" {
  for_each = local.query_alerts

  project               = var.project
  display_name          = "${var.name}: ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = var.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = each.value.title

    condition_prometheus_query_language {
      query               = each.value.query
      duration            = each.value.duration
      evaluation_interval = "60s"
      # A job that has not run yet has no metrics.
      disable_metric_validation = true
    }
  }

  documentation {
    content   = local.alert_documentation[each.key]
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.threshold_alerts

  project               = var.project
  display_name          = "${var.name}: ${each.key}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = var.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = each.value.duration

      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = "REDUCE_MAX"
      }
    }
  }

  documentation {
    content   = local.alert_documentation[each.key]
    mime_type = "text/markdown"
  }
}

resource "google_monitoring_alert_policy" "database_away" {
  project               = var.project
  display_name          = "${var.name}: database-away"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = var.notification_channels
  user_labels           = local.labels

  conditions {
    display_name = local.log_alerts["database-away"].title

    condition_matched_log {
      filter = local.database_away_filter
    }
  }

  alert_strategy {
    auto_close = "1800s"

    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    content   = local.alert_documentation["database-away"]
    mime_type = "text/markdown"
  }
}
