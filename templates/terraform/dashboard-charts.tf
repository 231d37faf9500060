locals {
  charts = [
    {
      title = "Events within ten minutes, by what became of them"
      lines = {
        read            = local.growth["10m"].events_read
        upserted        = local.growth["10m"].events_upserted
        stale           = local.growth["10m"].events_stale
        unhandled       = local.growth["10m"].events_unhandled
        "dead-lettered" = local.growth["10m"].events_dead_lettered
      }
    },
    {
      title = "Repeats within ten minutes"
      lines = {
        "within the dedupe window"      = local.growth["10m"].events_duplicate
        "the same ID with another body" = local.growth["10m"].events_conflicting
        "from beyond the window"        = local.growth["10m"].events_repeated
      }
    },
    {
      title = "Claims without a valid stamp within an hour"
      lines = { "set aside" = local.growth["1h"].events_unproved }
    },
    {
      title = "Part of the events that became dead letters"
      lines = { "within ten minutes" = "${local.growth["10m"].events_dead_lettered} / ${local.growth["10m"].events_read}" }
    },
    {
      title = "Failures for good within an hour"
      lines = {
        unreadable      = local.growth["1h"].events_unreadable
        "other tenants" = local.growth["1h"].events_tenant_mismatched
        invalid         = local.growth["1h"].events_invalid
        "poison rows"   = local.growth["1h"].poison_rows
        "dead letters"  = local.growth["1h"].events_dead_lettered
      }
    },
    {
      title = "Seconds the oldest event has been in the job, and in Pub/Sub"
      lines = {
        "in the job"     = "max({\"__name__\"=\"dataflow.googleapis.com/job/system_lag\", ${local.job_selector}})"
        "in Pub/Sub"     = "max({\"__name__\"=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\", \"monitored_resource\"=\"pubsub_subscription\", \"subscription_id\"=\"${local.subscription}\"})"
        "data watermark" = "max({\"__name__\"=\"dataflow.googleapis.com/job/data_watermark_age\", ${local.job_selector}})"
      }
    },
    {
      title = "Messages that wait"
      lines = {
        events         = "sum({\"__name__\"=\"pubsub.googleapis.com/subscription/num_undelivered_messages\", \"monitored_resource\"=\"pubsub_subscription\", \"subscription_id\"=\"${local.subscription}\"})"
        "dead letters" = "sum({\"__name__\"=\"pubsub.googleapis.com/subscription/num_undelivered_messages\", \"monitored_resource\"=\"pubsub_subscription\", \"subscription_id\"=\"${local.dead_letters}\"})"
      }
    },
    {
      title = "Milliseconds, mean since the job began"
      lines = {
        "from publishing to commit" = "max(${local.mean.end_to_end_latency_millis})"
        "a transaction"             = "max(${local.mean.sql_batch_millis})"
      }
    },
    {
      title = "Transactions within ten minutes"
      lines = {
        committed                     = local.growth["10m"].sql_batches
        repeated                      = local.growth["10m"].sql_retries
        "times the database was away" = local.growth["10m"].sql_circuit_opened
      }
    },
    {
      title = "Handlers that call other systems, within ten minutes"
      lines = {
        "called again"                  = local.growth["10m"].handler_retries
        "times another system was away" = local.growth["10m"].handler_circuit_opened
      }
    },
    {
      title = "Rows of a transaction, mean since the job began"
      lines = { rows = "max(${local.mean.sql_batch_size})" }
    },
    {
      title = "Workers' CPUs"
      lines = { vCPUs = "max({\"__name__\"=\"dataflow.googleapis.com/job/current_num_vcpus\", ${local.job_selector}})" }
    },
    {
      title = "Events archived within ten minutes"
      lines = { archived = local.growth["10m"].events_archived }
    },
  ]

  # Two columns of a mosaic that is 48 wide.
  dashboard = {
    displayName = "${var.name}: events"
    mosaicLayout = {
      columns = 48
      tiles = [
        for index, chart in local.charts : {
          xPos   = index % 2 * 24
          yPos   = floor(index / 2) * 16
          width  = 24
          height = 16
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [
                for legend, query in chart.lines : {
                  plotType       = "LINE"
                  legendTemplate = legend
                  timeSeriesQuery = {
                    prometheusQuery = query
                  }
                }
              ]
            }
          }
        }
      ]
    }
  }
}
