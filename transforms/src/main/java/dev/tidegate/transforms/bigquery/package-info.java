/** The archive in BigQuery: the definitions of its tables, and how rows get there. */
package dev.tidegate.transforms.bigquery;
