# Passwords. Their values are added by hand, so that they are in no Terraform state:
#   gcloud secrets versions add NAME-database-password --data-file=-
resource "google_secret_manager_secret" "database_password" {
  project   = var.project
  secret_id = "${var.name}-database-password"
  labels    = local.labels

  replication {
    auto {}
  }
}

# The gateway is another user of the database, with other grants.
resource "google_secret_manager_secret" "gateway_database_password" {
  count = var.gateway_reads_database ? 1 : 0

  project   = var.project
  secret_id = "${var.name}-gateway-database-password"
  labels    = local.labels

  replication {
    auto {}
  }
}

# What proves to the pipeline that a message is the gateway's or a replay's:
#   openssl rand -hex 32 | gcloud secrets versions add NAME-stamp-key --data-file=-
resource "google_secret_manager_secret" "stamp_key" {
  project   = var.project
  secret_id = "${var.name}-stamp-key"
  labels    = local.labels

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret" "webhook" {
  for_each = var.webhook_secrets

  project   = var.project
  secret_id = "${var.name}-webhook-${each.key}"
  labels    = local.labels

  replication {
    auto {}
  }
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = "${var.name}-images"
  format        = "DOCKER"
  description   = "Images of Tidegate's flex templates."
  labels        = local.labels

  # A tag is what scripts/rollback goes back to.
  docker_config {
    immutable_tags = true
  }
}

resource "google_storage_bucket" "templates" {
  project                     = var.project
  name                        = "${var.project}-${var.name}-templates"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.deletion_protection
  labels                      = local.labels

  versioning {
    enabled = true
  }
}

# Apart from the templates, because workers write here.
resource "google_storage_bucket" "temporary" {
  project                     = var.project
  name                        = "${var.project}-${var.name}-temporary"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true
  labels                      = local.labels

  # Deleted files need not be kept for a week, which is Cloud Storage's default and is paid for.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  # What a launch has staged is read again whenever a worker starts, for as long as the job runs.
  lifecycle_rule {
    condition {
      age            = 14
      matches_prefix = ["temp/"]
    }
    action {
      type = "Delete"
    }
  }
}
