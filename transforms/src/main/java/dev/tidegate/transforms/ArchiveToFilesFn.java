package dev.tidegate.transforms;

import dev.tidegate.transforms.bigquery.RefusedRow;
import dev.tidegate.transforms.files.ArchiveFormat;
import dev.tidegate.transforms.files.DiskRetry;
import dev.tidegate.transforms.files.NdjsonFolder;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.transforms.DoFn;

/**
 * Appends each value to the file archive and makes every bundle durable at its end: before the
 * runner may acknowledge what is in it. Nothing comes out: files refuse no row.
 *
 * @param <T> what is archived
 */
final class ArchiveToFilesFn<T> extends DoFn<T, RefusedRow> {
  private static final long serialVersionUID = 1L;

  private final String archive;
  private final ArchiveFormat<T> format;
  private final Counter archived;
  private transient NdjsonFolder folder;
  private transient long appended;

  /**
   * @param archive the archive's folder; the format's table is a folder in it
   * @param archived counts what is durable
   */
  ArchiveToFilesFn(String archive, ArchiveFormat<T> format, Counter archived) {
    this.archive = archive;
    this.format = format;
    this.archived = archived;
  }

  @Setup
  public void setup() {
    folder = new NdjsonFolder(Path.of(archive).resolve(format.table()));
  }

  @ProcessElement
  public void process(@Element T value) throws IOException {
    folder.append(format.partitionOf(value), format.lineOf(value));
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
