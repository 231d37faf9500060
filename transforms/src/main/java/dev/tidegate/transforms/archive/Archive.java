package dev.tidegate.transforms.archive;

import java.io.Serializable;
import java.time.Duration;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryServices;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Where the archive is, and how rows get there. */
public sealed interface Archive extends Serializable {
  /**
   * The same archive for rows that nobody waits for. Load jobs for them are rare, because BigQuery
   * takes 1,500 a day for a table, and each step that writes the table starts its own.
   */
  Archive unhurried();

  /**
   * Lines of JSON in files, readable while they are written.
   *
   * @param folder the archive's folder; each table is a folder in it
   */
  record Files(String folder) implements Archive {
    @Override
    public Archive unhurried() {
      return this;
    }
  }

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
    /** 96 load jobs a day. */
    private static final Duration UNHURRIED = Duration.ofMinutes(15);

    @Override
    public Archive unhurried() {
      return isLoaded() && loadFrequency.compareTo(UNHURRIED) < 0
          ? new BigQuery(project, dataset, UNHURRIED, services)
          : this;
    }

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
