package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.EventOutcomeCoder;
import org.apache.beam.sdk.transforms.Filter;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptor;

/**
 * Makes the outcomes of dead letters. An event that only the archive refused is left out: it passes
 * the other steps, and they give it an outcome.
 */
public final class OutcomesOfFailures
    extends PTransform<PCollection<DeadLetter>, PCollection<EventOutcome>> {
  private static final long serialVersionUID = 1L;

  private OutcomesOfFailures() {}

  public static OutcomesOfFailures of() {
    return new OutcomesOfFailures();
  }

  @Override
  public PCollection<EventOutcome> expand(PCollection<DeadLetter> letters) {
    return letters
        .apply(
            "LeaveOutArchives",
            Filter.by(letter -> letter.errorClass() != ErrorClass.ARCHIVE_REJECTED))
        .apply(
            "AsOutcomes",
            MapElements.into(TypeDescriptor.of(EventOutcome.class)).via(EventOutcome::failed))
        .setCoder(EventOutcomeCoder.of());
  }
}
