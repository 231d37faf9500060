package dev.tidegate.transforms;

import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.transforms.files.EventOutcomeFormat;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;

/** Appends what became of each event to the archive, for analysts: nothing depends on it. */
public final class ArchiveOutcomes extends PTransform<PCollection<EventOutcome>, PDone> {
  private static final long serialVersionUID = 1L;

  private final String folder;

  private ArchiveOutcomes(String folder) {
    this.folder = folder;
  }

  /**
   * Archives into files.
   *
   * @param folder the file archive's folder
   */
  public static ArchiveOutcomes toFiles(String folder) {
    return new ArchiveOutcomes(folder);
  }

  @Override
  public PDone expand(PCollection<EventOutcome> outcomes) {
    outcomes
        .apply(
            "WriteFiles",
            ParDo.of(
                new ArchiveToFilesFn<>(
                    folder, new EventOutcomeFormat(), PipelineMetrics.OUTCOMES_ARCHIVED)))
        .setCoder(VoidCoder.of());
    return PDone.in(outcomes.getPipeline());
  }
}
