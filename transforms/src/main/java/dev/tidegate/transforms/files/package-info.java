/**
 * The file archive: Hive-partitioned NDJSON with the columns of the BigQuery tables. Nothing here
 * knows of Beam's model.
 */
package dev.tidegate.transforms.files;
