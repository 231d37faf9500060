variable "notification_channels" {
  description = "Whom alerts are sent to: names of notification channels."
  type        = list(string)
  default     = []
}

variable "runbooks_url" {
  description = "Where the alerts' pages are: each alert links to RUNBOOKS_URL#its-name."
  type        = string
  default     = "docs/infrastructure.md"
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

variable "signature_failure_metric" {
  description = "The type of a counter of requests with a bad signature, such as custom.googleapis.com/NAME. The pipeline never sees such requests, so whatever takes them in must count them. Null for no such alert."
  type        = string
  default     = null
}
