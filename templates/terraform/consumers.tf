# Subscriptions of others, to all events or to a domain's: one tenant's events each, filtered by Pub/Sub. An event that carries no
# tenant_id attribute matches none of them.
resource "google_pubsub_subscription" "consumer" {
  for_each = local.consumers

  project                    = var.project
  name                       = each.value.name
  topic                      = each.value.topic
  filter                     = local.consumer_filters[each.key]
  message_retention_duration = "604800s"
  ack_deadline_seconds       = 60
  labels                     = local.labels

  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.consumer_dead_letters[each.key].id
    max_delivery_attempts = 5
  }

  # It names its topic, and does not refer to it.
  depends_on = [google_pubsub_topic.events, google_pubsub_topic.domain]
}

# One for each consumer: a tenant's events stay among that tenant's. They are not the pipeline's dead
# letters, which may well have succeeded there.
resource "google_pubsub_topic" "consumer_dead_letters" {
  for_each = local.consumers

  project = var.project
  name    = "${each.value.name}-dead-letters"
  labels  = local.labels
}

# Without a subscription what is published to a topic is gone.
resource "google_pubsub_subscription" "consumer_dead_letters" {
  for_each = local.consumers

  project                    = var.project
  name                       = "${each.value.name}-dead-letters"
  topic                      = google_pubsub_topic.consumer_dead_letters[each.key].id
  message_retention_duration = "604800s"
  ack_deadline_seconds       = 60
  labels                     = local.labels

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_subscription_iam_member" "consumer" {
  for_each = local.consumer_members

  project      = var.project
  subscription = google_pubsub_subscription.consumer[each.value.consumer].name
  role         = "roles/pubsub.subscriber"
  member       = each.value.member
}

resource "google_pubsub_subscription_iam_member" "consumer_dead_letters" {
  for_each = local.consumer_members

  project      = var.project
  subscription = google_pubsub_subscription.consumer_dead_letters[each.value.consumer].name
  role         = "roles/pubsub.subscriber"
  member       = each.value.member
}

# Pub/Sub itself moves what was delivered in vain, and needs leave to do so.
data "google_project" "this" {
  project_id = var.project
}

locals {
  pubsub_service_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic_iam_member" "pubsub_forwards" {
  for_each = local.consumers

  project = var.project
  topic   = google_pubsub_topic.consumer_dead_letters[each.key].name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_service_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_acknowledges" {
  for_each = local.consumers

  project      = var.project
  subscription = google_pubsub_subscription.consumer[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_service_agent
}
