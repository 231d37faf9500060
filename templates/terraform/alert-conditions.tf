# What raises an alert. Each name is a heading of docs/runbooks/alerts.md, which says what to do. Each page is
# the one of the console that shows what the alert is about.
locals {
  # What the gateway logs of each request that it refuses, where its platform reads its log as JSON.
  signature_failure_filter = "resource.type=\"${var.gateway_resource_type}\" AND jsonPayload.event=\"webhook_rejected\" AND jsonPayload.reason=\"signature\""
  signature_failure_metric = "${var.name}-signature-failures"
  # PromQL must be told which kind of resource a metric of the log is of.
  signature_failures = coalesce(
    var.signature_failure_selector,
    "{\"__name__\"=\"logging.googleapis.com/user/${local.signature_failure_metric}\", \"monitored_resource\"=\"${var.gateway_resource_type}\"}"
  )

  # What the gateway logs of each event that Pub/Sub refuses for good.
  refused_event_filter = "resource.type=\"${var.gateway_resource_type}\" AND jsonPayload.event=\"event_refused\""
  refused_event_metric = "${var.name}-refused-events"
  refused_events       = "{\"__name__\"=\"logging.googleapis.com/user/${local.refused_event_metric}\", \"monitored_resource\"=\"${var.gateway_resource_type}\"}"

  query_alerts = {
    error-rate = {
      title    = "More than ${var.alert_thresholds.error_rate * 100} % of events became dead letters"
      severity = "ERROR"
      query    = "(${local.growth["10m"].events_dead_lettered} / ${local.growth["10m"].events_read} > ${var.alert_thresholds.error_rate}) and (${local.growth["10m"].events_read} >= ${var.alert_thresholds.error_rate_events})"
      duration = "120s"
      page     = "issues"
    }
    dead-letters = {
      title    = "More than ${var.alert_thresholds.dead_letters} dead letters within an hour"
      severity = "ERROR"
      query    = "${local.growth["1h"].events_dead_lettered} > ${var.alert_thresholds.dead_letters}"
      duration = "0s"
      page     = "issues"
    }
    # One is enough: somebody sends for a tenant that has no business here, or the list lacks one.
    tenant-mismatch = {
      title    = "Events of tenants that the pipeline does not take became dead letters within an hour"
      severity = "ERROR"
      query    = "${local.growth["1h"].events_tenant_mismatched} > 0"
      duration = "0s"
      page     = "issues?errorClass=TENANT_MISMATCH"
    }
    # Counted with the next transaction that goes well: what raises an alert while there is none at all
    # is database-away.
    database-connections = {
      title    = "The database was away, or transactions had to be repeated more than ${var.alert_thresholds.database_retries} times within ten minutes"
      severity = "WARNING"
      query    = "(${local.growth["10m"].sql_circuit_opened} > 0) or (${local.growth["10m"].sql_retries} > ${var.alert_thresholds.database_retries})"
      duration = "0s"
      page     = "health"
    }
    # A job that does not run reports nothing, and nor does one that never ran.
    job-not-running = {
      title    = "The job ${local.job_name} is not running"
      severity = "CRITICAL"
      query    = "absent_over_time({\"__name__\"=\"dataflow.googleapis.com/job/system_lag\", ${local.job_selector}}[10m])"
      duration = "60s"
      page     = "health"
    }
    # The pipeline never sees such requests: the gateway refuses them.
    signature-failures = {
      title    = "More than ${var.alert_thresholds.signature_failures} requests with a bad signature within ten minutes"
      severity = "WARNING"
      query    = "sum(increase(${local.signature_failures}[10m])) > ${var.alert_thresholds.signature_failures}"
      duration = "0s"
      page     = "sources"
    }
    # One is enough: it waits for an operator.
    refused-events = {
      title    = "Pub/Sub has refused events for good"
      severity = "ERROR"
      query    = "sum(increase(${local.refused_events}[1h])) > 0"
      duration = "0s"
      page     = "relay"
    }
  }

  threshold_alerts = {
    # The nearest to a percentile of the latency that there is: that of each step of the job.
    stage-latency = {
      title     = "The 99th percentile of a stage's latency is above ${var.alert_thresholds.stage_latency_millis} ms"
      severity  = "WARNING"
      filter    = "metric.type=\"dataflow.googleapis.com/job/streaming_engine/stage_end_to_end_latencies\" AND resource.type=\"dataflow_job\" AND resource.labels.job_name=\"${local.job_name}\""
      threshold = var.alert_thresholds.stage_latency_millis
      aligner   = "ALIGN_PERCENTILE_99"
      duration  = "300s"
      page      = ""
    }
    # The percentile above knows of finished work only. This knows of an event that never finishes.
    system-lag = {
      title     = "An event has been in the job for more than ${var.alert_thresholds.system_lag_seconds} s"
      severity  = "ERROR"
      filter    = "metric.type=\"dataflow.googleapis.com/job/system_lag\" AND resource.type=\"dataflow_job\" AND resource.labels.job_name=\"${local.job_name}\""
      threshold = var.alert_thresholds.system_lag_seconds
      aligner   = "ALIGN_MAX"
      duration  = "300s"
      page      = ""
    }
    # Before an event is in the job, it waits in Pub/Sub.
    backlog-age = {
      title     = "An event has waited in Pub/Sub for more than ${var.alert_thresholds.backlog_seconds} s"
      severity  = "ERROR"
      filter    = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${local.subscription}\""
      threshold = var.alert_thresholds.backlog_seconds
      aligner   = "ALIGN_MAX"
      duration  = "120s"
      page      = ""
    }
  }

  # Written by the worker that finds the database away, at once: no counter reaches Cloud Monitoring
  # from bundles that fail.
  database_away_filter = "resource.type=\"dataflow_step\" AND resource.labels.job_name=\"${local.job_name}\" AND log_id(\"dataflow.googleapis.com/worker\") AND (jsonPayload.message:\"the database is away\" OR jsonPayload.message:\"Mend the table, and it goes on by itself\")"
  log_alerts = {
    database-away = {
      title = "A worker finds the database away, or a table that refuses everything"
      page  = "health"
    }
  }

  # What each alert tells whom it is sent to. It links to the console where it is known where that is.
  alerts = merge(local.query_alerts, local.threshold_alerts, local.log_alerts)
  alert_documentation = {
    for name, alert in local.alerts :
    name => join("\n\n", compact([
      format("%s. What it means and what to run: %s#%s", alert.title, var.runbooks_url, name),
      var.console_url == null ? "" : format("What there is to see: %s/%s", var.console_url, alert.page)
    ]))
  }
}
