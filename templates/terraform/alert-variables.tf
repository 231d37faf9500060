variable "notification_channels" {
  description = "Whom alerts are sent to: names of notification channels."
  type        = list(string)
  default     = []
}

variable "runbooks_url" {
  description = "Where the alerts' page is: each alert links to RUNBOOKS_URL#its-name."
  type        = string
  default     = "docs/runbooks/alerts.md"
}

variable "console_url" {
  description = "Where operators reach the console, such as https://tidegate.example.com/console: each alert then links to the page that shows what it is about."
  type        = string
  default     = null

  validation {
    condition     = var.console_url == null ? true : can(regex("^https?://[^\\s?#]*[^\\s?#/]$", var.console_url))
    error_message = "The console's address begins with https:// or http:// and does not end with a slash."
  }
}

variable "alert_thresholds" {
  description = "Above what each alert is raised. error_rate_events is how many events must have been read in ten minutes for their error rate to count."
  type = object({
    error_rate           = optional(number, 0.05)
    error_rate_events    = optional(number, 100)
    stage_latency_millis = optional(number, 30000)
    system_lag_seconds   = optional(number, 30)
    dead_letters         = optional(number, 100)
    backlog_seconds      = optional(number, 300)
    database_retries     = optional(number, 50)
    signature_failures   = optional(number, 20)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.alert_thresholds.error_rate > 0 && var.alert_thresholds.error_rate < 1
    error_message = "The error rate is a part of 1: 0.05 for 5 %."
  }
}

variable "gateway_resource_type" {
  description = "The kind of resource whose log tells of requests with a bad signature: what the gateway runs on. cloud_run_revision, k8s_container or gce_instance."
  type        = string
  default     = "cloud_run_revision"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_]+$", var.gateway_resource_type))
    error_message = "The gateway's resource type is one of Cloud Logging, such as cloud_run_revision or k8s_container."
  }
}

variable "signature_failure_selector" {
  description = "PromQL's selector of another counter of requests with a bad signature, such as tidegate_events_rejected_total{reason=\"signature\"} where Managed Service for Prometheus collects the gateway's metrics. Null counts the lines of the gateway's log."
  type        = string
  default     = null

  validation {
    condition     = var.signature_failure_selector == null ? true : can(regex("^[^\\[\\]()]+$", var.signature_failure_selector))
    error_message = "The selector is a metric's name with labels, NAME{LABEL=\"VALUE\"}, and neither a range nor a function."
  }
}
