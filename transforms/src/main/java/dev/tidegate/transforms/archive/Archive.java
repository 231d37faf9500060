package dev.tidegate.transforms.archive;

import java.io.Serializable;
import java.time.Duration;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryServices;
import org.checkerframework.checker.nullness.qual.Nullable;

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
   * @param project the dataset's project
   * @param dataset its name
   * @param loadFrequency how often load jobs are started; null where rows are streamed, by the
   *     Storage Write API's default stream
   * @param services what stands for BigQuery in tests; null for BigQuery itself
   */
  record BigQuery(
      String project,
      String dataset,
      @Nullable Duration loadFrequency,
      @Nullable BigQueryServices services)
      implements Archive {
    /** A dataset of BigQuery itself. */
    public BigQuery(String project, String dataset, @Nullable Duration loadFrequency) {
      this(project, dataset, loadFrequency, null);
    }

    /** Whether rows get there by load jobs. */
    public boolean isLoaded() {
      return loadFrequency != null;
    }
  }
}
