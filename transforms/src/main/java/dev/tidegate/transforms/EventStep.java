package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import java.io.Serializable;
import java.time.Instant;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.WithFailures;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionTuple;
import org.apache.beam.sdk.values.TupleTag;
import org.apache.beam.sdk.values.TupleTagList;

/**
 * A step that does something to one event at a time and may find that it never can: such an event
 * leaves as a {@link DeadLetter} that holds the original, and nothing else is affected.
 *
 * @param <InputT> what comes in
 * @param <OutputT> what goes on
 */
abstract class EventStep<InputT, OutputT>
    extends PTransform<PCollection<InputT>, WithFailures.Result<PCollection<OutputT>, DeadLetter>> {
  private static final long serialVersionUID = 1L;

  private final String stage;
  private final Coder<OutputT> coder;
  private final Work<InputT, OutputT> work;

  /**
   * @param stage the step's name in the picture, which dead letters carry
   * @param coder of what goes on
   * @param work what the step does
   */
  EventStep(String stage, Coder<OutputT> coder, Work<InputT, OutputT> work) {
    this.stage = stage;
    this.coder = coder;
    this.work = work;
  }

  /** What the step does with one event, without a pipeline around it. */
  final Work<InputT, OutputT> work() {
    return work;
  }

  @Override
  public WithFailures.Result<PCollection<OutputT>, DeadLetter> expand(PCollection<InputT> input) {
    TupleTag<OutputT> done = new TupleTag<>("done");
    TupleTag<DeadLetter> failed = new TupleTag<>("failed");
    PCollectionTuple results =
        input.apply(
            "ForEach",
            ParDo.of(new WorkFn<>(stage, work, done, failed))
                .withOutputTags(done, TupleTagList.of(failed)));
    return WithFailures.Result.of(
        results.get(done).setCoder(coder), results.get(failed).setCoder(DeadLetterCoder.of()));
  }

  /** What a step does with one element: stateless, and the same every time. */
  interface Work<InputT, OutputT> extends Serializable {
    /**
     * Does the step.
     *
     * @throws PermanentFailureException where it never can be done with this event
     * @throws RuntimeException where the step has a bug: this event cannot be done either
     */
    OutputT apply(InputT input);

    /** The event as it came, for its dead letter. */
    RawEvent originalOf(InputT input);
  }

  private static final class WorkFn<InputT, OutputT> extends DoFn<InputT, OutputT> {
    private static final long serialVersionUID = 1L;

    private final String stage;
    private final Work<InputT, OutputT> work;
    private final TupleTag<OutputT> done;
    private final TupleTag<DeadLetter> failed;

    WorkFn(
        String stage,
        Work<InputT, OutputT> work,
        TupleTag<OutputT> done,
        TupleTag<DeadLetter> failed) {
      this.stage = stage;
      this.work = work;
      this.done = done;
      this.failed = failed;
    }

    @ProcessElement
    public void process(@Element InputT input, MultiOutputReceiver out) {
      OutputT output;
      try {
        output = work.apply(input);
      } catch (PermanentFailureException failure) {
        PipelineMetrics.EVENTS_INVALID.inc();
        out.get(failed)
            .output(
                letter(input)
                    .errorClass(failure.errorClass())
                    .errorMessage(failure.getMessage())
                    .build());
        return;
      } catch (RuntimeException | StackOverflowError bug) {
        out.get(failed).output(letter(input).bug(bug).build());
        return;
      }
      // Outside of the try: what a later, fused step throws is not this step's failure.
      out.get(done).output(output);
    }

    private DeadLetter.Builder letter(InputT input) {
      return DeadLetter.builder()
          .event(work.originalOf(input))
          .stage(stage)
          .failedAt(Instant.now());
    }
  }
}
