# --- The gateway ---------------------------------------------------------------------------------

resource "google_pubsub_topic_iam_member" "gateway_publishes_events" {
  project = var.project
  topic   = google_pubsub_topic.events.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.gateway.email}"
}

resource "google_secret_manager_secret_iam_member" "gateway_reads_its_password" {
  count = var.gateway_reads_database ? 1 : 0

  project   = var.project
  secret_id = google_secret_manager_secret.gateway_database_password[0].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.gateway.email}"
}

resource "google_project_iam_member" "gateway_connects_to_cloud_sql" {
  count = var.gateway_reads_database && var.cloud_sql_instance != null ? 1 : 0

  project = local.cloud_sql_project
  role    = "roles/cloudsql.client"
  member  = "serviceAccount:${google_service_account.gateway.email}"

  condition {
    title      = "${var.name}-database"
    expression = local.cloud_sql_condition
  }
}

resource "google_secret_manager_secret_iam_member" "gateway_reads_the_stamp_key" {
  project   = var.project
  secret_id = google_secret_manager_secret.stamp_key.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.gateway.email}"
}

resource "google_secret_manager_secret_iam_member" "gateway_reads_webhook_secrets" {
  for_each = var.webhook_secrets

  project   = var.project
  secret_id = google_secret_manager_secret.webhook[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.gateway.email}"
}

# --- The pipeline --------------------------------------------------------------------------------

resource "google_project_iam_member" "pipeline_is_a_dataflow_worker" {
  project = var.project
  role    = "roles/dataflow.worker"
  member  = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_pubsub_subscription_iam_member" "pipeline_consumes_events" {
  project      = var.project
  subscription = google_pubsub_subscription.pipeline.name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${google_service_account.pipeline.email}"
}

# Dataflow asks for the subscription's ack deadline; where it may not, it assumes 10 seconds and
# extends deadlines all the time.
resource "google_pubsub_subscription_iam_member" "pipeline_sees_its_subscription" {
  project      = var.project
  subscription = google_pubsub_subscription.pipeline.name
  role         = "roles/pubsub.viewer"
  member       = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_pubsub_topic_iam_member" "pipeline_publishes_dead_letters" {
  project = var.project
  topic   = google_pubsub_topic.dead_letters.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_bigquery_dataset_iam_member" "pipeline_writes_the_archive" {
  project    = var.project
  dataset_id = google_bigquery_dataset.archive.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = "serviceAccount:${google_service_account.pipeline.email}"
}

# Only loads of files are jobs.
resource "google_project_iam_member" "pipeline_runs_load_jobs" {
  count = var.archive_method == "FILE_LOADS" ? 1 : 0

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = "serviceAccount:${google_service_account.pipeline.email}"
}

# A replay from the archive is a query, whose result is exported from a dataset of its own. This role
# lets it run jobs and make that dataset, and gives it no data but what it made.
resource "google_project_iam_member" "pipeline_queries_the_archive" {
  count = var.replay_from_bigquery ? 1 : 0

  project = var.project
  role    = "roles/bigquery.user"
  member  = "serviceAccount:${google_service_account.pipeline.email}"
}

# A replay to Pub/Sub sends events again, the way they came.
resource "google_pubsub_topic_iam_member" "pipeline_publishes_replays" {
  project = var.project
  topic   = google_pubsub_topic.events.name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_secret_manager_secret_iam_member" "pipeline_reads_the_stamp_key" {
  project   = var.project
  secret_id = google_secret_manager_secret.stamp_key.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_secret_manager_secret_iam_member" "pipeline_reads_its_password" {
  project   = var.project
  secret_id = google_secret_manager_secret.database_password.secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_storage_bucket_iam_member" "pipeline_reads_templates" {
  bucket = google_storage_bucket.templates.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_storage_bucket_iam_member" "pipeline_writes_temporary_files" {
  bucket = google_storage_bucket.temporary.name
  role   = "roles/storage.objectAdmin"
  member = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_artifact_registry_repository_iam_member" "pipeline_pulls_images" {
  project    = var.project
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.reader"
  member     = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_project_iam_member" "pipeline_connects_to_cloud_sql" {
  count = var.cloud_sql_instance == null ? 0 : 1

  project = local.cloud_sql_project
  role    = "roles/cloudsql.client"
  member  = "serviceAccount:${google_service_account.pipeline.email}"

  condition {
    title      = "${var.name}-database"
    expression = local.cloud_sql_condition
  }
}

# --- Analysts ------------------------------------------------------------------------------------

resource "google_bigquery_dataset_iam_member" "analyst_reads_the_archive" {
  project    = var.project
  dataset_id = google_bigquery_dataset.archive.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.analyst.email}"
}

resource "google_project_iam_member" "analyst_runs_queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = "serviceAccount:${google_service_account.analyst.email}"
}

# --- Operators -----------------------------------------------------------------------------------

resource "google_project_iam_member" "operator_runs_jobs" {
  project = var.project
  role    = "roles/dataflow.developer"
  member  = "serviceAccount:${google_service_account.operator.email}"
}

# Whoever launches a job must be allowed to hand it its identity: this one, and no other.
resource "google_service_account_iam_member" "operator_launches_as_the_pipeline" {
  service_account_id = google_service_account.pipeline.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.operator.email}"
}

resource "google_storage_bucket_iam_member" "operator_reads_templates" {
  bucket = google_storage_bucket.templates.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.operator.email}"
}

resource "google_project_iam_member" "operator_sees_metrics_and_alerts" {
  project = var.project
  role    = "roles/monitoring.viewer"
  member  = "serviceAccount:${google_service_account.operator.email}"
}

resource "google_project_iam_member" "operator_sees_logs" {
  project = var.project
  role    = "roles/logging.viewer"
  member  = "serviceAccount:${google_service_account.operator.email}"
}

# To seek it back to before a job was cancelled: the role that may is the one that may consume it.
resource "google_pubsub_subscription_iam_member" "operator_seeks_events" {
  project      = var.project
  subscription = google_pubsub_subscription.pipeline.name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${google_service_account.operator.email}"
}

resource "google_pubsub_subscription_iam_member" "operator_consumes_dead_letters" {
  project      = var.project
  subscription = google_pubsub_subscription.dead_letters.name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${google_service_account.operator.email}"
}

resource "google_bigquery_dataset_iam_member" "operator_reads_the_archive" {
  project    = var.project
  dataset_id = google_bigquery_dataset.archive.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "serviceAccount:${google_service_account.operator.email}"
}

resource "google_project_iam_member" "operator_runs_queries" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = "serviceAccount:${google_service_account.operator.email}"
}
