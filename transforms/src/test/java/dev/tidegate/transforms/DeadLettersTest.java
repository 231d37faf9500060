package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.EventOutcome;
import java.time.Instant;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.testing.PAssert;
import org.apache.beam.sdk.transforms.Create;
import org.junit.jupiter.api.Test;

class DeadLettersTest {
  /** The event itself goes on, and its own outcome tells how. */
  @Test
  void whatOnlyTheArchiveRefusedHasNotFailed() {
    DeadLetter failed = letter("failed", ErrorClass.INVALID);
    Pipeline pipeline = Pipeline.create();
    PAssert.that(
            DeadLetters.outcomesOf(
                pipeline.apply(
                    Create.of(failed, letter("refused", ErrorClass.ARCHIVE_REJECTED))
                        .withCoder(DeadLetterCoder.of()))))
        .containsInAnyOrder(EventOutcome.failed(failed));
    pipeline.run().waitUntilFinish();
  }

  private static DeadLetter letter(String id, ErrorClass errorClass) {
    return DeadLetter.builder()
        .event(RawEvents.of(id, "t", "{}"))
        .stage("Validate")
        .errorClass(errorClass)
        .errorMessage("wrong")
        .failedAt(Instant.parse("2026-02-01T00:00:00Z"))
        .build();
  }
}
