package dev.tidegate.transforms;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.files.RawEventFormat;
import org.apache.beam.sdk.coders.VoidCoder;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;

/**
 * Archives every event that is not a duplicate, valid or not, before anything can reject it, with
 * all attributes and metadata (DESIGN.md, promise 4).
 */
public final class ArchiveRaw extends PTransform<PCollection<RawEvent>, PDone> {
  private static final long serialVersionUID = 1L;

  private final String folder;

  private ArchiveRaw(String folder) {
    this.folder = folder;
  }

  /**
   * Archives into files.
   *
   * @param folder the file archive's folder
   */
  public static ArchiveRaw toFiles(String folder) {
    return new ArchiveRaw(folder);
  }

  @Override
  public PDone expand(PCollection<RawEvent> events) {
    events
        .apply(
            "WriteFiles",
            ParDo.of(
                new ArchiveToFilesFn<>(
                    folder, new RawEventFormat(), PipelineMetrics.EVENTS_ARCHIVED)))
        .setCoder(VoidCoder.of());
    return PDone.in(events.getPipeline());
  }
}
