# PromQL of the pipeline's own metrics.
locals {
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
