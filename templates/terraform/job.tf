locals {
  pipeline_parameters = merge(
    var.pipeline_parameters,
    {
      inputSubscription = "projects/${var.project}/subscriptions/${local.subscription}"
      deadLetterTopic   = "projects/${var.project}/topics/${local.dead_letters}"
      archiveMethod     = var.archive_method
      archiveDataset    = local.dataset
      jdbcUrl           = var.jdbc_url
      jdbcUsername      = var.jdbc_username
      # The secret's name, not the secret: workers read it themselves.
      jdbcPasswordSecret = "projects/${var.project}/secrets/${var.name}-database-password/versions/latest"
      stampKey           = "projects/${var.project}/secrets/${var.name}-stamp-key/versions/latest"
    }
  )
}

# A change of the template or of a parameter updates the running job in place. Where Terraform must
# end it, it drains: what has been read is finished. A cancelled job would drop its state, and with it
# events that Pub/Sub has already handed over for good.
resource "google_dataflow_flex_template_job" "events" {
  provider = google-beta
  count    = var.streaming_template == null ? 0 : 1

  project                 = var.project
  region                  = var.region
  name                    = local.job_name
  container_spec_gcs_path = var.streaming_template
  parameters              = local.pipeline_parameters
  transform_name_mapping  = var.transform_name_mapping
  on_delete               = "drain"
  enable_streaming_engine = true
  autoscaling_algorithm   = "THROUGHPUT_BASED"
  machine_type            = var.machine_type
  num_workers             = var.num_workers
  max_workers             = var.max_workers
  service_account_email   = google_service_account.pipeline.email
  staging_location        = "${google_storage_bucket.temporary.url}/staging"
  temp_location           = "${google_storage_bucket.temporary.url}/temp"
  subnetwork              = var.subnetwork
  ip_configuration        = var.public_ips ? "WORKER_IP_PUBLIC" : "WORKER_IP_PRIVATE"
  labels                  = local.labels

  # Workers fail at once without any of these.
  depends_on = [
    google_bigquery_dataset_iam_member.pipeline_writes_the_archive,
    google_bigquery_table.archive,
    google_project_iam_member.pipeline_is_a_dataflow_worker,
    google_pubsub_subscription.pipeline,
    google_pubsub_subscription_iam_member.pipeline_consumes_events,
    google_pubsub_topic_iam_member.pipeline_publishes_dead_letters,
    google_secret_manager_secret_iam_member.pipeline_reads_its_password,
    google_secret_manager_secret_iam_member.pipeline_reads_the_stamp_key,
    google_storage_bucket_iam_member.pipeline_writes_temporary_files,
  ]
}
