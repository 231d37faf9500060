package dev.tidegate.transforms.bigquery;

import java.io.Serializable;
import java.time.Duration;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryServices;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A BigQuery dataset as the archive, and how rows get there.
 *
 * @param project the dataset's project
 * @param dataset its name
 * @param method how rows are written
 * @param triggeringFrequency how often rows become visible, where {@code method} collects them
 * @param collect whether rows are collected in the runner's state, for runners with small bundles
 * @param services what stands for BigQuery in tests; null for BigQuery itself
 */
public record BigQueryArchive(
    String project,
    String dataset,
    BigQueryIO.Write.Method method,
    Duration triggeringFrequency,
    boolean collect,
    @Nullable BigQueryServices services)
    implements Serializable {
  public static BigQueryArchive in(
      String project,
      String dataset,
      BigQueryIO.Write.Method method,
      Duration triggeringFrequency,
      boolean collect) {
    return new BigQueryArchive(project, dataset, method, triggeringFrequency, collect, null);
  }

  /** The same archive in a stand-in for BigQuery. */
  public BigQueryArchive withServices(BigQueryServices standIn) {
    return new BigQueryArchive(project, dataset, method, triggeringFrequency, collect, standIn);
  }
}
