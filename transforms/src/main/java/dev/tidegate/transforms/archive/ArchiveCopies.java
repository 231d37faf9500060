package dev.tidegate.transforms.archive;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.transforms.PipelineMetrics;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes into the archive, for analysts, what PostgreSQL has anyway. A row that the archive refuses
 * is counted and logged: nothing depends on it.
 *
 * @param <T> what is archived
 */
public final class ArchiveCopies<T> extends PTransform<PCollection<T>, PDone> {
  private static final long serialVersionUID = 1L;

  private static final Logger LOG = LoggerFactory.getLogger(ArchiveCopies.class);

  private final WriteArchive<T> write;
  private final String table;

  private ArchiveCopies(WriteArchive<T> write, String table) {
    this.write = write;
    this.table = table;
  }

  /** Appends what became of each event. */
  public static ArchiveCopies<EventOutcome> ofOutcomes(Archive archive) {
    EventOutcomeTable table = new EventOutcomeTable();
    return new ArchiveCopies<>(
        WriteArchive.to(archive, table, PipelineMetrics.OUTCOMES_ARCHIVED), table.name());
  }

  /** Appends each dead letter. */
  public static ArchiveCopies<DeadLetter> ofDeadLetters(Archive archive) {
    DeadLetterTable table = new DeadLetterTable();
    return new ArchiveCopies<>(
        WriteArchive.to(archive, table, PipelineMetrics.DEAD_LETTERS_ARCHIVED), table.name());
  }

  @Override
  public PDone expand(PCollection<T> values) {
    values
        .apply("Write", write)
        .apply("Refused", ParDo.of(new CountAndLogFn(table)))
        .setCoder(VoidCoder.of());
    return PDone.in(values.getPipeline());
  }

  private static final class CountAndLogFn extends DoFn<RefusedRow, Void> {
    private static final long serialVersionUID = 1L;

    private final String table;

    CountAndLogFn(String table) {
      this.table = table;
    }

    @ProcessElement
    public void process(@Element RefusedRow row) {
      PipelineMetrics.ARCHIVE_ROWS_REFUSED.inc();
      LOG.warn("The archive refused a row of {}: {}", table, row.reason());
    }
  }
}
