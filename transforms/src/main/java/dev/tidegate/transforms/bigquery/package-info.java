/** BigQuery tables as an archive: their definitions, their rows, and how rows get there. */
package dev.tidegate.transforms.bigquery;
