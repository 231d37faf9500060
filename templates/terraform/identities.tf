# Four, each with what it needs and no more. docs/infrastructure.md lists who may do what.
resource "google_service_account" "gateway" {
  project      = var.project
  account_id   = "${var.name}-gateway"
  display_name = "Takes events in and publishes them"
}

resource "google_service_account" "pipeline" {
  project      = var.project
  account_id   = "${var.name}-pipeline"
  display_name = "Runs the pipeline's workers"
}

resource "google_service_account" "analyst" {
  project      = var.project
  account_id   = "${var.name}-analyst"
  display_name = "Asks the archive"
}

resource "google_service_account" "operator" {
  project      = var.project
  account_id   = "${var.name}-operator"
  display_name = "Launches, updates and drains the pipeline, and looks after failures"
}

resource "google_service_account_iam_member" "acts_as_analyst" {
  for_each = var.analysts

  service_account_id = google_service_account.analyst.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}

resource "google_service_account_iam_member" "acts_as_operator" {
  for_each = var.operators

  service_account_id = google_service_account.operator.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}
