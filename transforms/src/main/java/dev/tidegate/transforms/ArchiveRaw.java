package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.archive.Archive;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.archive.ArchivedEvent;
import dev.tidegate.transforms.archive.RefusedRow;
import dev.tidegate.transforms.archive.WriteArchive;
import dev.tidegate.transforms.handlers.EventSources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.apache.beam.sdk.transforms.Filter;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptor;

/**
 * Archives every event that is not a duplicate, valid or not, before anything can reject it, with
 * all attributes and metadata. A replay is archived again only if its body was repaired
 * (docs/design.md, promise 4).
 *
 * <p>What comes out are dead letters: events whose row the archive refuses for good. They go on
 * through the other steps all the same.
 */
public final class ArchiveRaw extends PTransform<PCollection<RawEvent>, PCollection<DeadLetter>> {
  private static final long serialVersionUID = 1L;

  /** The step's name in the picture. */
  public static final String STAGE = "ArchiveRaw";

  private final Archive archive;
  private final EventSources sources;

  private ArchiveRaw(Archive archive, EventSources sources) {
    this.archive = archive;
    this.sources = sources;
  }

  /**
   * Archives into {@code archive}.
   *
   * @param sources tell what the archive's columns say of each event
   */
  public static ArchiveRaw to(Archive archive, EventSources sources) {
    return new ArchiveRaw(archive, sources);
  }

  @Override
  public PCollection<DeadLetter> expand(PCollection<RawEvent> events) {
    return events
        .apply("LeaveOutReplays", Filter.by(event -> !event.isReplayOfOriginal()))
        .apply(
            "Write",
            WriteArchive.to(
                archive, ArchiveTable.rawEvents(sources), PipelineMetrics.EVENTS_ARCHIVED))
        .apply(
            "Refused",
            MapElements.into(TypeDescriptor.of(DeadLetter.class)).via(row -> letterOf(row)))
        .setCoder(DeadLetterCoder.of());
  }

  /** The row holds the whole event: of what is JSON all but its white space. */
  private DeadLetter letterOf(RefusedRow row) {
    PipelineMetrics.ARCHIVE_ROWS_REFUSED.inc();
    RawEvent event;
    try {
      event = ArchivedEvent.of(Json.parseRow(row.json().getBytes(StandardCharsets.UTF_8)));
    } catch (IOException impossible) {
      throw new UncheckedIOException("a row that Tidegate wrote", impossible);
    }
    return DeadLetter.builder()
        // The row does not tell where the event's type came from.
        .event(sources.identify(event))
        .stage(STAGE)
        .errorClass(ErrorClass.ARCHIVE_REJECTED)
        .errorMessage(row.reason())
        .failedAt(Instant.now())
        .build();
  }
}
