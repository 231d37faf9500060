package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DeadLetterCoder;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.handlers.RetryableException;
import java.time.Instant;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.SerializableFunction;
import org.apache.beam.sdk.transforms.WithFailures;
import org.apache.beam.sdk.transforms.WithFailures.ExceptionElement;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptor;

/**
 * A step that works something out of each event, and passes on the events with which that can be
 * done. Any other event becomes a {@link DeadLetter} that holds it as it came. It affects no other
 * event.
 *
 * <p>The result of a step stays with the event as long as the runner passes on the same object, as
 * runners do within a stage. Otherwise the next step works it out again: {@link EventSources} give
 * the same result every time, and {@link HandlerCalls} keep what a handler answered that calls out.
 */
public final class EventStep
    extends PTransform<
        PCollection<RawEvent>, WithFailures.Result<PCollection<RawEvent>, DeadLetter>> {
  private static final long serialVersionUID = 1L;

  static final String DECODE = "Decode";
  static final String VALIDATE = "Validate";
  static final String TRANSFORM = "Transform";

  private final String stage;
  private final SerializableFunction<RawEvent, ?> work;

  private EventStep(String stage, SerializableFunction<RawEvent, ?> work) {
    this.stage = stage;
    this.work = work;
  }

  /** Decode reads ID, type, time and payload of each event as its source writes them. */
  public static EventStep decode(EventSources sources) {
    return new EventStep(DECODE, sources::decode);
  }

  /** As {@link #validate(EventSources, int)}, with the usual number of attempts. */
  public static EventStep validate(EventSources sources) {
    return validate(sources, HandlerCalls.STANDARD_ATTEMPTS);
  }

  /**
   * Validate passes on the events whose handlers can rely on what they read.
   *
   * @param handlerAttempts how often a handler that calls other systems is called for one event, at
   *     most
   */
  public static EventStep validate(EventSources sources, int handlerAttempts) {
    HandlerCalls calls = new HandlerCalls(sources, handlerAttempts);
    return new EventStep(VALIDATE, calls::validate);
  }

  /** As {@link #transform(EventSources, int)}, with the usual number of attempts. */
  public static EventStep transform(EventSources sources) {
    return transform(sources, HandlerCalls.STANDARD_ATTEMPTS);
  }

  /**
   * Transform has each event's handler make the rows. A type without a handler makes none.
   *
   * @param handlerAttempts how often a handler that calls other systems is called for one event, at
   *     most
   */
  public static EventStep transform(EventSources sources, int handlerAttempts) {
    HandlerCalls calls = new HandlerCalls(sources, handlerAttempts);
    return new EventStep(TRANSFORM, calls::transform);
  }

  @Override
  public WithFailures.Result<PCollection<RawEvent>, DeadLetter> expand(
      PCollection<RawEvent> events) {
    WithFailures.Result<PCollection<RawEvent>, DeadLetter> results =
        events.apply(
            "ForEach",
            MapElements.into(TypeDescriptor.of(RawEvent.class))
                .via(this::pass)
                .exceptionsInto(TypeDescriptor.of(DeadLetter.class))
                .exceptionsVia(this::letterOf));
    results.output().setCoder(RawEventCoder.of());
    results.failures().setCoder(DeadLetterCoder.of());
    return results;
  }

  private RawEvent pass(RawEvent event) {
    try {
      work.apply(event);
      return event;
    } catch (StackOverflowError bug) {
      // MapElements lets errors through, and they would fail the bundle again and again.
      throw new IllegalStateException(bug);
    }
  }

  private DeadLetter letterOf(ExceptionElement<RawEvent> failed) {
    return countedLetterOf(failed.element(), stage, failed.exception());
  }

  /** The letter of an event whose handler failed when it was asked again, behind Transform. */
  static DeadLetter letterOfTransform(RawEvent event, RuntimeException exception) {
    return countedLetterOf(event, TRANSFORM, exception);
  }

  private static DeadLetter countedLetterOf(RawEvent event, String stage, Exception exception) {
    if (exception instanceof PermanentFailureException failure) {
      if (failure.errorClass() == ErrorClass.TENANT_MISMATCH) {
        TenantMismatches.count(event);
      } else {
        PipelineMetrics.EVENTS_INVALID.inc();
      }
    }
    return letterOf(event, stage, exception);
  }

  /** The letter of an event that failed at {@code stage}. */
  static DeadLetter letterOf(RawEvent event, String stage, Exception exception) {
    DeadLetter.Builder letter =
        DeadLetter.builder().event(event).stage(stage).failedAt(Instant.now());
    if (exception instanceof RetryableException failure) {
      if (Thread.currentThread().isInterrupted()) {
        throw new IllegalStateException("stopped while a handler waited for its answer", failure);
      }
      return letter
          .errorClass(ErrorClass.HANDLER_UNAVAILABLE)
          .errorMessage(String.valueOf(failure.getMessage()))
          .build();
    }
    if (exception instanceof PermanentFailureException failure) {
      return letter.errorClass(failure.errorClass()).errorMessage(failure.getMessage()).build();
    }
    Throwable cause = exception.getCause();
    return letter.bug(cause instanceof StackOverflowError ? cause : exception).build();
  }
}
