resource "google_monitoring_dashboard" "events" {
  project        = var.project
  dashboard_json = jsonencode(local.dashboard)
}
