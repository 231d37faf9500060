# What this module's names and selectors are made of. No provider is needed to work these out, so that
# tests can; the same holds for the other files that contain locals only.
locals {
  job_name      = "${var.name}-events"
  labels        = merge(var.labels, { application = var.name })
  dataset       = "${var.project}.${var.dataset_id}"
  subscription  = "${var.name}-events-pipeline"
  dead_letters  = "${var.name}-dead-letters"
  bigquery_path = "${path.module}/../../schemas/src/main/resources/dev/tidegate/schemas/bigquery"

  # PROJECT:REGION:INSTANCE; the project of a domain has a colon of its own.
  cloud_sql_parts   = var.cloud_sql_instance == null ? ["", "", ""] : split(":", var.cloud_sql_instance)
  cloud_sql_name    = reverse(local.cloud_sql_parts)[0]
  cloud_sql_project = join(":", slice(local.cloud_sql_parts, 0, length(local.cloud_sql_parts) - 2))

  # Of all the project's instances this one only.
  cloud_sql_condition = "resource.type == \"sqladmin.googleapis.com/Instance\" && resource.name == \"projects/${local.cloud_sql_project}/instances/${local.cloud_sql_name}\""
}
