# What Terraform would make, worked out with the providers' schemas and no cloud:
#   terraform -chdir=templates/terraform init -backend=false
#   terraform -chdir=templates/terraform test
mock_provider "google" {
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
}

mock_provider "google-beta" {}

variables {
  project       = "my-project"
  region        = "europe-west1"
  jdbc_url      = "jdbc:postgresql://10.0.0.5/tidegate"
  jdbc_username = "tidegate"
}

run "least" {
  command = plan

  assert {
    condition     = length(google_dataflow_flex_template_job.events) == 0
    error_message = "Without a template the job is the scripts'."
  }

  assert {
    condition     = length(google_service_account.release) == 0 && length(google_iam_workload_identity_pool.github) == 0
    error_message = "Nobody releases who was not named."
  }

  assert {
    condition     = contains(keys(google_monitoring_alert_policy.query), "signature-failures")
    error_message = "The alert on bad signatures is on by itself."
  }
}

run "all" {
  command = plan

  variables {
    streaming_template    = "gs://templates/streaming/1.json"
    cloud_sql_instance    = "my-project:europe-west1:database"
    archive_method        = "FILE_LOADS"
    webhook_secrets       = ["terminal49"]
    github_repository     = "example/tidegate"
    operators             = ["group:platform@example.com"]
    analysts              = ["group:data@example.com"]
    notification_channels = ["projects/my-project/notificationChannels/1"]
    topic_retention_hours = 48
    consumers = {
      billing = { tenant_id = "acme", members = ["serviceAccount:a@my-project.iam.gserviceaccount.com"] }
    }
    domains = {
      documents = {
        event_types = ["document.ingested", "document.deleted"]
        publishers  = ["serviceAccount:d@my-project.iam.gserviceaccount.com"]
        tenants     = { acme = { members = ["serviceAccount:a@my-project.iam.gserviceaccount.com"] }, globex = {} }
      }
    }
  }

  assert {
    condition     = google_pubsub_topic.domain["documents"].name == "tidegate-domain-documents" && google_pubsub_topic.domain_dead_letters["documents"].name == "tidegate-domain-documents-dead-letters"
    error_message = "A domain has a topic and a topic of dead letters."
  }

  assert {
    condition     = google_pubsub_subscription.consumer["documents/acme"].topic == "projects/my-project/topics/tidegate-domain-documents"
    error_message = "A tenant's subscription is one to its domain."
  }

  assert {
    condition     = google_pubsub_subscription.consumer["documents/globex"].filter == "attributes.tenant_id = \"globex\" AND (attributes.event_type = \"document.deleted\" OR attributes.event_type = \"document.ingested\")"
    error_message = "A tenant's subscription has that tenant's events of the domain's types only."
  }

  assert {
    condition     = length(google_pubsub_subscription_iam_member.consumer) == 2 && length(google_pubsub_topic_iam_member.domain_publisher) == 1
    error_message = "Nobody reads or publishes who was not named."
  }

  assert {
    condition     = google_pubsub_topic.events.message_retention_duration == "172800s"
    error_message = "The topic keeps events for the hours that were asked for."
  }

  assert {
    condition     = google_dataflow_flex_template_job.events[0].on_delete == "drain"
    error_message = "A job is drained and never cancelled."
  }

  assert {
    condition     = google_service_account_iam_member.github_releases[0].role == "roles/iam.workloadIdentityUser"
    error_message = "The release workflow acts as its own account."
  }
}
