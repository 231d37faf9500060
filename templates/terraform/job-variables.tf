variable "streaming_template" {
  description = "The flex template that Terraform launches and updates the job from, as gs://BUCKET/PATH.json. Null leaves the job to scripts/launch and scripts/update: one of the two should own it."
  type        = string
  default     = null

  validation {
    condition     = var.streaming_template == null ? true : can(regex("^gs://[^/]+/.+", var.streaming_template))
    error_message = "The template is a file in Cloud Storage: gs://BUCKET/PATH.json."
  }
}

variable "archive_method" {
  description = "How rows are written into BigQuery: --archiveMethod of the pipeline."
  type        = string
  default     = "STORAGE_API_AT_LEAST_ONCE"

  validation {
    condition     = contains(["STORAGE_API_AT_LEAST_ONCE", "FILE_LOADS"], var.archive_method)
    error_message = "The archive's method is STORAGE_API_AT_LEAST_ONCE or FILE_LOADS; a job on Dataflow has no folder for FILES."
  }
}

variable "pipeline_parameters" {
  description = "More parameters of the pipeline, by the names of its options."
  type        = map(string)
  default     = {}

  validation {
    condition = length(setintersection(keys(var.pipeline_parameters), [
      "inputSubscription", "jdbcUrl", "jdbcUsername", "jdbcPasswordSecret", "stampKey", "archiveMethod", "archiveDataset", "deadLetterTopic"
    ])) == 0
    error_message = "This module sets inputSubscription, jdbcUrl, jdbcUsername, jdbcPasswordSecret, stampKey, archiveMethod, archiveDataset and deadLetterTopic by itself."
  }

  validation {
    condition     = alltrue([for name in keys(var.pipeline_parameters) : !can(regex("(?i)password$", name))])
    error_message = "A password is never a parameter: anyone who may see the job would see it. Put it into the secret."
  }
}

variable "transform_name_mapping" {
  description = "For an update with renamed steps: the old name of each by its new one as Dataflow takes it, {\"old\" = \"new\"}."
  type        = map(string)
  default     = {}
}

variable "machine_type" {
  description = "The workers' machine type."
  type        = string
  default     = "n2-standard-2"
}

variable "num_workers" {
  description = "How many workers the job starts with."
  type        = number
  default     = 1

  validation {
    condition     = var.num_workers >= 1 && var.num_workers <= var.max_workers
    error_message = "The job starts with at least 1 worker and at most max_workers."
  }
}

variable "max_workers" {
  description = "How many workers autoscaling may start. Each opens --jdbcPoolSize connections to the database."
  type        = number
  default     = 4

  validation {
    condition     = var.max_workers >= 1 && var.max_workers <= 1000
    error_message = "There are 1 to 1000 workers at the most."
  }
}

variable "subnetwork" {
  description = "The workers' subnetwork, as regions/REGION/subnetworks/NAME; the project's default network if null. Without public addresses it needs Private Google Access."
  type        = string
  default     = null
}

variable "public_ips" {
  description = "Whether workers have public addresses."
  type        = bool
  default     = false
}
