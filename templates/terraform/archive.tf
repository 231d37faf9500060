locals {
  # By the day they are about, and by what analysts ask for first.
  tables = {
    raw_events = {
      partition_by = "received_at"
      cluster_by   = ["tenant_id", "event_type"]
    }
    dead_letters = {
      partition_by = "failed_at"
      cluster_by   = ["tenant_id", "error_class"]
    }
    event_outcomes = {
      partition_by = "processed_at"
      cluster_by   = ["tenant_id", "event_type"]
    }
  }
}

resource "google_bigquery_dataset" "archive" {
  project     = var.project
  dataset_id  = var.dataset_id
  location    = coalesce(var.dataset_location, var.region)
  description = "Tidegate's archive: every event, what became of it, and what failed for good."
  labels      = local.labels
}

# Their columns are those that the pipeline writes: the same files.
resource "google_bigquery_table" "archive" {
  for_each = local.tables

  project             = var.project
  dataset_id          = google_bigquery_dataset.archive.dataset_id
  table_id            = each.key
  schema              = file("${local.bigquery_path}/${each.key}.json")
  clustering          = each.value.cluster_by
  deletion_protection = var.deletion_protection
  labels              = local.labels

  time_partitioning {
    type          = "DAY"
    field         = each.value.partition_by
    expiration_ms = var.table_expiry_days[each.key] == null ? null : var.table_expiry_days[each.key] * 24 * 60 * 60 * 1000
  }
}

resource "google_bigquery_table" "view_of_tables" {
  for_each = local.views_of_tables

  project             = var.project
  dataset_id          = google_bigquery_dataset.archive.dataset_id
  table_id            = each.key
  description         = local.view_descriptions[each.key]
  deletion_protection = false
  labels              = local.labels

  view {
    query          = local.view_queries[each.key]
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.archive]
}

resource "google_bigquery_table" "view_of_views" {
  for_each = local.views_of_views

  project             = var.project
  dataset_id          = google_bigquery_dataset.archive.dataset_id
  table_id            = each.key
  description         = local.view_descriptions[each.key]
  deletion_protection = false
  labels              = local.labels

  view {
    query          = local.view_queries[each.key]
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.archive, google_bigquery_table.view_of_tables]
}

resource "google_bigquery_table" "view_above" {
  for_each = local.views_above

  project             = var.project
  dataset_id          = google_bigquery_dataset.archive.dataset_id
  table_id            = each.key
  description         = local.view_descriptions[each.key]
  deletion_protection = false
  labels              = local.labels

  view {
    query          = local.view_queries[each.key]
    use_legacy_sql = false
  }

  depends_on = [google_bigquery_table.archive, google_bigquery_table.view_of_tables, google_bigquery_table.view_of_views]

  lifecycle {
    precondition {
      condition     = length(setintersection(local.views_used[each.key], keys(local.views_above))) == 0
      error_message = "The view ${each.key} is more than two levels above the tables: it needs a level of its own."
    }
  }
}
