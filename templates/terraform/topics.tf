# Kept by the topic too, acknowledged or not: what a cancelled job had taken and not finished is nowhere
# else. A subscription that is sought back to before the accident delivers it again.
resource "google_pubsub_topic" "events" {
  project                    = var.project
  name                       = "${var.name}-events"
  message_retention_duration = var.topic_retention_hours == null ? null : "${var.topic_retention_hours * 3600}s"
  labels                     = local.labels
}

# It has neither a dead-letter policy nor a retry policy, because Dataflow supports neither: it pulls
# and acknowledges in its own time, so that Pub/Sub would count deliveries that were no failures and
# take good events away. What fails for good is dead-lettered by the pipeline itself; what fails for
# now waits here. Exactly-once delivery and ordering would only slow it down: the pipeline drops
# repeats, and the order does not matter to it.
resource "google_pubsub_subscription" "pipeline" {
  project                    = var.project
  name                       = local.subscription
  topic                      = google_pubsub_topic.events.id
  message_retention_duration = "604800s"
  ack_deadline_seconds       = 60
  labels                     = local.labels

  # Never deleted for want of a reader: a pipeline that is down for a month must find it again.
  expiration_policy {
    ttl = ""
  }
}

# What DeadLetters publishes, with the original body and attributes. A copy, for alerts and for others
# to see: the store that counts is PostgreSQL's event_dead_letters.
resource "google_pubsub_topic" "dead_letters" {
  project = var.project
  name    = local.dead_letters
  labels  = local.labels
}

resource "google_pubsub_subscription" "dead_letters" {
  project                    = var.project
  name                       = local.dead_letters
  topic                      = google_pubsub_topic.dead_letters.id
  message_retention_duration = "604800s"
  ack_deadline_seconds       = 60
  labels                     = local.labels

  expiration_policy {
    ttl = ""
  }
}
