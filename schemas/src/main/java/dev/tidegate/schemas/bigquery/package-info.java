/** The views for analysts in BigQuery, beside the table schemas and the views' SQL. */
package dev.tidegate.schemas.bigquery;
