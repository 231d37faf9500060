package dev.tidegate.transforms.archive;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.transforms.PipelineMetrics;
import org.apache.beam.sdk.metrics.Counter;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.apache.beam.sdk.values.TypeDescriptors;
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

  private ArchiveCopies(Archive archive, ArchiveTable<T> table, Counter archived) {
    this.write = WriteArchive.to(archive, table, archived);
    this.table = table.name();
  }

  /** Appends what became of each event. */
  public static ArchiveCopies<EventOutcome> ofOutcomes(Archive archive) {
    return new ArchiveCopies<>(
        archive, ArchiveTable.EVENT_OUTCOMES, PipelineMetrics.OUTCOMES_ARCHIVED);
  }

  /** Appends each dead letter. */
  public static ArchiveCopies<DeadLetter> ofDeadLetters(Archive archive) {
    return new ArchiveCopies<>(
        archive, ArchiveTable.DEAD_LETTERS, PipelineMetrics.DEAD_LETTERS_ARCHIVED);
  }

  @Override
  public PDone expand(PCollection<T> values) {
    String refusing = table;
    values
        .apply("Write", write)
        .apply(
            "Refused",
            MapElements.into(TypeDescriptors.voids())
                .via(
                    row -> {
                      PipelineMetrics.ARCHIVE_ROWS_REFUSED.inc();
                      LOG.warn("The archive refused a row of {}: {}", refusing, row.reason());
                      return null;
                    }));
    return PDone.in(values.getPipeline());
  }
}
