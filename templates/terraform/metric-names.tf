# The pipeline's own metrics as Cloud Monitoring has them: dataflow.googleapis.com/job/user_counter, a
# gauge with the job's count so far, for each step that counts. A test compares the names with the code.
locals {
  pipeline_counters = [
    "events_read",
    "events_unreadable",
    "events_unproved",
    "events_duplicate",
    "events_conflicting",
    "events_archived",
    "events_invalid",
    "events_tenant_mismatched",
    "events_upserted",
    "events_unhandled",
    "events_stale",
    "events_repeated",
    "events_dead_lettered",
    "events_held",
    "dead_letters_refused",
    "poison_rows",
    "sql_batches",
    "sql_retries",
    "sql_circuit_opened",
    "handler_retries",
    "handler_circuit_opened",
  ]

  # Dataflow makes gauges NAME_MEAN, _MIN, _MAX and _COUNT of a distribution, over the job's whole life:
  # there are no percentiles, and a maximum never goes down again. So none of them is fit for an alert.
  pipeline_distributions = [
    "sql_batch_size",
    "sql_batch_millis",
    "end_to_end_latency_millis",
  ]
}
