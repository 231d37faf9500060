package dev.tidegate.transforms;

import dev.tidegate.transforms.bigquery.BigQueryArchive;
import java.io.Serializable;

/** Where the archive is, and how rows get there. */
public sealed interface Archive extends Serializable {
  /**
   * Lines of JSON in files, readable while they are written.
   *
   * @param folder the archive's folder; each table is a folder in it
   */
  record Files(String folder) implements Archive {}

  /**
   * Tables of a BigQuery dataset.
   *
   * @param archive the dataset, and how rows are written
   * @param batching how values are collected before they are written
   */
  record BigQuery(BigQueryArchive archive, Batching batching) implements Archive {}
}
