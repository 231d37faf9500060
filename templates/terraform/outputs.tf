output "events_topic" {
  description = "The topic that the gateway publishes to."
  value       = google_pubsub_topic.events.id
}

output "events_subscription" {
  description = "The pipeline's subscription: --inputSubscription."
  value       = google_pubsub_subscription.pipeline.id
}

output "dead_letter_topic" {
  description = "The topic of dead letters: --deadLetterTopic."
  value       = google_pubsub_topic.dead_letters.id
}

output "dead_letter_subscription" {
  description = "Where dead letters wait to be seen."
  value       = google_pubsub_subscription.dead_letters.id
}

output "consumer_subscriptions" {
  description = "The subscriptions of others, by the names of the consumers."
  value       = { for name, subscription in google_pubsub_subscription.consumer : name => subscription.id }
}

output "domain_parameters" {
  description = "By domain, what a pipeline of its events is launched with: inputSubscription, deadLetterTopic and tenants."
  value       = local.domain_parameters
}

output "dataset" {
  description = "The archive's dataset as PROJECT.DATASET: --archiveDataset."
  value       = local.dataset
}

output "database_password_secret" {
  description = "The secret to put the database's password into; with /versions/latest it is --jdbcPasswordSecret."
  value       = google_secret_manager_secret.database_password.id
}

output "stamp_key_secret" {
  description = "The secret to put the key of stamps into; with /versions/latest it is --stampKey. The gateway's stampKey is the same."
  value       = google_secret_manager_secret.stamp_key.id
}

output "images" {
  description = "Where images are pushed to, for scripts/build-template."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "templates_bucket" {
  description = "Where templates are staged, as gs://BUCKET, for scripts/build-template."
  value       = google_storage_bucket.templates.url
}

output "temporary_bucket" {
  description = "Where a job stages its files, as gs://BUCKET, for scripts/launch."
  value       = google_storage_bucket.temporary.url
}

output "service_accounts" {
  description = "Each identity's address."
  value = {
    gateway  = google_service_account.gateway.email
    pipeline = google_service_account.pipeline.email
    analyst  = google_service_account.analyst.email
    operator = google_service_account.operator.email
  }
}

output "job_name" {
  description = "The name that the job must have for the alerts to find it."
  value       = local.job_name
}

output "parameters_file" {
  description = "The job's parameters, one NAME=VALUE a line, for scripts/launch --parameters."
  value       = join("", [for name, value in local.pipeline_parameters : "${name}=${value}\n"])
}

output "environment" {
  description = "What docs/launching.md and docs/runbooks/ call by name, as lines for a shell to read."
  value = join("", [
    for name, value in {
      PROJECT      = var.project
      REGION       = var.region
      JOB          = local.job_name
      IMAGES       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
      TEMPLATES    = google_storage_bucket.templates.url
      TEMPORARY    = google_storage_bucket.temporary.url
      PIPELINE     = google_service_account.pipeline.email
      OPERATOR     = google_service_account.operator.email
      TOPIC        = google_pubsub_topic.events.id
      SUBSCRIPTION = google_pubsub_subscription.pipeline.id
      PASSWORD     = google_secret_manager_secret.database_password.secret_id
    } : "export ${name}=${value}\n"
  ])
}

output "job_id" {
  description = "The running job's ID; null where Terraform does not own the job."
  value       = one(google_dataflow_flex_template_job.events[*].job_id)
}

output "release_identity" {
  description = "What the release workflow signs in as: the variables WORKLOAD_IDENTITY_PROVIDER and SERVICE_ACCOUNT of its environment on GitHub. Null without github_repository."
  value = var.github_repository == null ? null : {
    workload_identity_provider = google_iam_workload_identity_pool_provider.github[0].name
    service_account            = google_service_account.release[0].email
  }
}
