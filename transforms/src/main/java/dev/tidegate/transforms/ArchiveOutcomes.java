package dev.tidegate.transforms;

import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.WriteArchive;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;

/** Appends what became of each event to the archive, for analysts: nothing depends on it. */
public final class ArchiveOutcomes extends PTransform<PCollection<EventOutcome>, PDone> {
  private static final long serialVersionUID = 1L;

  private final Archive archive;

  private ArchiveOutcomes(Archive archive) {
    this.archive = archive;
  }

  public static ArchiveOutcomes to(Archive archive) {
    return new ArchiveOutcomes(archive);
  }

  @Override
  public PDone expand(PCollection<EventOutcome> outcomes) {
    ArchiveTable<EventOutcome> table = ArchiveTable.EVENT_OUTCOMES;
    outcomes
        .apply("Write", WriteArchive.to(archive, table, PipelineMetrics.OUTCOMES_ARCHIVED))
        .apply("Refused", WriteArchive.countRefused(table.name()));
    return PDone.in(outcomes.getPipeline());
  }
}
