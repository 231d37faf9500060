package dev.tidegate.transforms;

import dev.tidegate.transforms.bigquery.RefusedRow;
import dev.tidegate.transforms.bigquery.RefusedRowCoder;
import dev.tidegate.transforms.bigquery.WriteRows;
import dev.tidegate.transforms.files.ArchiveFormat;
import org.apache.beam.sdk.io.gcp.bigquery.BigQueryIO.Write.Method;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;

/**
 * Writes each value as a row of its table of the archive, wherever that is. What comes out are the
 * rows that the archive refuses for good; files refuse none.
 *
 * @param <T> what is archived
 */
final class WriteArchive<T> extends PTransform<PCollection<T>, PCollection<RefusedRow>> {
  private static final long serialVersionUID = 1L;

  private final Archive archive;
  private final ArchiveFormat<T> format;
  private final Counter archived;

  private WriteArchive(Archive archive, ArchiveFormat<T> format, Counter archived) {
    this.archive = archive;
    this.format = format;
    this.archived = archived;
  }

  /**
   * @param archived counts what is written: what is durable in files, and what is handed to
   *     BigQuery, which says of none when it is
   */
  static <T> WriteArchive<T> to(Archive archive, ArchiveFormat<T> format, Counter archived) {
    return new WriteArchive<>(archive, format, archived);
  }

  @Override
  public PCollection<RefusedRow> expand(PCollection<T> values) {
    if (archive instanceof Archive.BigQuery bigQuery) {
      return insert(values, bigQuery);
    }
    String folder = ((Archive.Files) archive).folder();
    return values
        .apply("WriteFiles", ParDo.of(new ArchiveToFilesFn<>(folder, format, archived)))
        .setCoder(RefusedRowCoder.of());
  }

  private PCollection<RefusedRow> insert(PCollection<T> values, Archive.BigQuery bigQuery) {
    // The other methods collect rows themselves, or let Beam do it.
    PCollection<T> batches =
        bigQuery.archive().collect()
                && bigQuery.archive().method() == Method.STORAGE_API_AT_LEAST_ONCE
            ? values.apply("Collect", CollectBatches.of(bigQuery.batching(), format))
            : values;
    return batches
        .apply("Count", ParDo.of(new CountFn<T>(archived)))
        .setCoder(values.getCoder())
        .apply("WriteRows", WriteRows.to(bigQuery.archive(), format));
  }

  private static final class CountFn<T> extends DoFn<T, T> {
    private static final long serialVersionUID = 1L;

    private final Counter counter;

    CountFn(Counter counter) {
      this.counter = counter;
    }

    @ProcessElement
    public void process(@Element T value, OutputReceiver<T> out) {
      counter.inc();
      out.output(value);
    }
  }
}
