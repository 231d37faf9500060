# A domain's events have a topic of their own, and so a pipeline and dead letters of their own: a flood in
# one domain delays no other. What holds for the subscription of all events holds for a domain's.
resource "google_pubsub_topic" "domain" {
  for_each = var.domains

  project                    = var.project
  name                       = "${var.name}-domain-${each.key}"
  message_retention_duration = var.topic_retention_hours == null ? null : "${var.topic_retention_hours * 3600}s"
  labels                     = local.labels
}

resource "google_pubsub_subscription" "domain" {
  for_each = var.domains

  project                    = var.project
  name                       = "${var.name}-domain-${each.key}"
  topic                      = google_pubsub_topic.domain[each.key].id
  message_retention_duration = "604800s"
  ack_deadline_seconds       = 60
  labels                     = local.labels

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic" "domain_dead_letters" {
  for_each = var.domains

  project = var.project
  name    = "${var.name}-domain-${each.key}-dead-letters"
  labels  = local.labels
}

resource "google_pubsub_subscription" "domain_dead_letters" {
  for_each = var.domains

  project                    = var.project
  name                       = "${var.name}-domain-${each.key}-dead-letters"
  topic                      = google_pubsub_topic.domain_dead_letters[each.key].id
  message_retention_duration = "604800s"
  ack_deadline_seconds       = 60
  labels                     = local.labels

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic_iam_member" "domain_publisher" {
  for_each = local.domain_publishers

  project = var.project
  topic   = google_pubsub_topic.domain[each.value.domain].name
  role    = "roles/pubsub.publisher"
  member  = each.value.member
}

resource "google_pubsub_subscription_iam_member" "pipeline_consumes_domains" {
  for_each = var.domains

  project      = var.project
  subscription = google_pubsub_subscription.domain[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_pubsub_subscription_iam_member" "pipeline_sees_subscriptions_of_domains" {
  for_each = var.domains

  project      = var.project
  subscription = google_pubsub_subscription.domain[each.key].name
  role         = "roles/pubsub.viewer"
  member       = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_pubsub_topic_iam_member" "pipeline_publishes_dead_letters_of_domains" {
  for_each = var.domains

  project = var.project
  topic   = google_pubsub_topic.domain_dead_letters[each.key].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.pipeline.email}"
}

# A replay to Pub/Sub sends events again, the way they came.
resource "google_pubsub_topic_iam_member" "pipeline_publishes_replays_of_domains" {
  for_each = var.domains

  project = var.project
  topic   = google_pubsub_topic.domain[each.key].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.pipeline.email}"
}

resource "google_pubsub_subscription_iam_member" "operator_sees_dead_letters_of_domains" {
  for_each = var.domains

  project      = var.project
  subscription = google_pubsub_subscription.domain_dead_letters[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${google_service_account.operator.email}"
}
