# The pipeline's own metrics as Cloud Monitoring has them: dataflow.googleapis.com/job/user_counter, a
# gauge with the job's count so far, for each step that counts. A test compares the names with the code.
locals {
  pipeline_counters = [
    "events_read",
    "events_unreadable",
    "events_duplicate",
    "events_conflicting",
    "events_archived",
    "events_invalid",
    "events_upserted",
    "events_unhandled",
    "events_stale",
    "events_repeated",
    "events_dead_lettered",
    "poison_rows",
    "sql_batches",
    "sql_retries",
    "sql_circuit_opened",
  ]

  # Dataflow makes gauges NAME_MEAN, _MIN, _MAX and _COUNT of a distribution, over the job's whole life:
  # there are no percentiles, and a maximum never goes down again. So none of them is fit for an alert.
  pipeline_distributions = [
    "sql_batch_size",
    "sql_batch_millis",
    "end_to_end_latency_millis",
  ]

  job_selector = "\"monitored_resource\"=\"dataflow_job\", \"job_name\"=\"${local.job_name}\""

  counted = {
    for name in local.pipeline_counters :
    name => format("{\"__name__\"=\"dataflow.googleapis.com/job/user_counter\", %s, \"metric_name\"=%q}", local.job_selector, name)
  }
  mean = {
    for name in local.pipeline_distributions :
    name => format("{\"__name__\"=\"dataflow.googleapis.com/job/user_counter\", %s, \"metric_name\"=\"%s_MEAN\"}", local.job_selector, name)
  }

  # What was counted within a window. increase() would miss a counter's first value, and a counter that
  # counts failures often begins with all of them; an update begins all counters anew, as another job.
  # A counter that was not there when the window began was 0 then.
  growth = {
    for window in ["10m", "1h"] : window => {
      for name, counter in local.counted :
      name => format("sum(%[1]s - ((%[1]s offset %[2]s) or (%[1]s * 0)))", counter, window)
    }
  }
}
