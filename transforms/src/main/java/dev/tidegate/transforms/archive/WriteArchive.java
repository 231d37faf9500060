package dev.tidegate.transforms.archive;

import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.bigquery.WriteRows;
import dev.tidegate.transforms.files.DiskRetry;
import dev.tidegate.transforms.files.NdjsonFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;

/**
 * Writes each value as a row of its table of the archive. The output is the rows that the archive
 * refuses for good; files refuse none.
 *
 * @param <T> what is archived
 */
public final class WriteArchive<T> extends PTransform<PCollection<T>, PCollection<RefusedRow>> {
  private static final long serialVersionUID = 1L;

  private final Archive archive;
  private final ArchiveTable<T> table;
  private final Counter archived;

  private WriteArchive(Archive archive, ArchiveTable<T> table, Counter archived) {
    this.archive = archive;
    this.table = table;
    this.archived = archived;
  }

  /**
   * @param archived counts the rows that are durable in files, or handed to BigQuery, which does
   *     not say when they are durable
   */
  public static <T> WriteArchive<T> to(Archive archive, ArchiveTable<T> table, Counter archived) {
    return new WriteArchive<>(archive, table, archived);
  }

  @Override
  public PCollection<RefusedRow> expand(PCollection<T> values) {
    if (archive instanceof Archive.BigQuery bigQuery) {
      Counter counter = archived;
      return values
          .apply(
              "Count",
              MapElements.into(values.getCoder().getEncodedTypeDescriptor())
                  .via(
                      value -> {
                        counter.inc();
                        return value;
                      }))
          .setCoder(values.getCoder())
          .apply("WriteRows", WriteRows.to(bigQuery, table));
    }
    String folder = ((Archive.Files) archive).folder();
    return values
        .apply("WriteFiles", ParDo.of(new WriteFilesFn<>(folder, table, archived)))
        .setCoder(RefusedRow.coder());
  }

  /** Makes every bundle durable at its end: before the runner may acknowledge what is in it. */
  private static final class WriteFilesFn<T> extends DoFn<T, RefusedRow> {
    private static final long serialVersionUID = 1L;

    private final String archive;
    private final ArchiveTable<T> table;
    private final Counter archived;
    private transient NdjsonFolder<T> folder;
    private transient long appended;

    WriteFilesFn(String archive, ArchiveTable<T> table, Counter archived) {
      this.archive = archive;
      this.table = table;
      this.archived = archived;
    }

    @Setup
    public void setup() {
      folder = new NdjsonFolder<>(Path.of(archive), table);
    }

    @ProcessElement
    public void process(@Element T value) throws IOException {
      folder.append(value);
      appended++;
    }

    @FinishBundle
    public void finishBundle() throws IOException {
      folder.sync();
      PipelineMetrics.ARCHIVE_RETRIES.inc(DiskRetry.takeRetries());
      archived.inc(appended);
      appended = 0;
    }

    @Teardown
    public void teardown() throws IOException {
      folder.close();
    }
  }
}
