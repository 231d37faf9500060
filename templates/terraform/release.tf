# Whoever releases: GitHub's workflow, known by the token that GitHub signs for each of its runs. There
# is no key to keep, to leak or to rotate.
resource "google_service_account" "release" {
  count = var.github_repository == null ? 0 : 1

  project      = var.project
  account_id   = "${var.name}-release"
  display_name = "Builds and stages templates"
}

resource "google_iam_workload_identity_pool" "github" {
  count = var.github_repository == null ? 0 : 1

  project                   = var.project
  workload_identity_pool_id = "${var.name}-github"
  display_name              = "GitHub"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  count = var.github_repository == null ? 0 : 1

  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "actions"
  display_name                       = "GitHub Actions"

  attribute_mapping = {
    "google.subject" = "assertion.sub"
  }
  # GitHub signs for everybody's repositories.
  attribute_condition = "assertion.repository == '${var.github_repository}'"

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

# Only runs within that environment, which a pull request's are not.
resource "google_service_account_iam_member" "github_releases" {
  count = var.github_repository == null ? 0 : 1

  service_account_id = google_service_account.release[0].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/${google_iam_workload_identity_pool.github[0].name}/subject/repo:${var.github_repository}:environment:${var.github_environment}"
}

resource "google_artifact_registry_repository_iam_member" "release_pushes_images" {
  count = var.github_repository == null ? 0 : 1

  project    = var.project
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${google_service_account.release[0].email}"
}

# It may add a template and see what is there, and not replace one: a version never changes.
resource "google_storage_bucket_iam_member" "release_adds_templates" {
  count = var.github_repository == null ? 0 : 1

  bucket = google_storage_bucket.templates.name
  role   = "roles/storage.objectCreator"
  member = "serviceAccount:${google_service_account.release[0].email}"
}

resource "google_storage_bucket_iam_member" "release_reads_templates" {
  count = var.github_repository == null ? 0 : 1

  bucket = google_storage_bucket.templates.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.release[0].email}"
}
