package dev.tidegate.schemas;

import com.google.auto.value.AutoValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.beam.sdk.coders.DefaultCoder;

/**
 * What became of an event at one attempt: a repeat, a replay or a discard has its own outcome.
 * Outcomes are only appended to {@code event_outcomes}, so the archive is never updated (issue 5).
 */
@AutoValue
@DefaultCoder(EventOutcomeCoder.class)
public abstract class EventOutcome {
  /** How it ended. */
  public enum Status {
    /** The tables have at least one of its facts, or its handler wrote none. */
    APPLIED,
    /** The tables already had newer values for all of its facts. */
    STALE,
    /** The ledger already had this event with this body. */
    DUPLICATE,
    /** Its type has no handler. */
    UNHANDLED,
    /** It failed for good. */
    DEAD_LETTER,
    /** It had come before, shortly before and with the same body: nothing was done with it. */
    REPEATED,
    /** It had failed for good, and an operator decided not to replay it. */
    DISCARDED
  }

  /** The event, without its body. */
  public abstract RawEvent event();

  public abstract Status status();

  /** When it reached the sink; empty for what did not reach it. */
  public abstract Optional<Instant> startedAt();

  /** When it was committed, failed for good, was dropped or discarded. */
  public abstract Instant processedAt();

  /** The step that failed, for a dead letter, discarded or not. */
  public abstract Optional<String> stage();

  /** The kind of failure, for a dead letter, discarded or not. */
  public abstract Optional<DeadLetter.ErrorClass> errorClass();

  /** {@link DeadLetter#fingerprint}, for a dead letter, discarded or not. */
  public abstract Optional<String> fingerprint();

  /** An event that the sink committed. */
  public static EventOutcome committed(
      RawEvent event, Status status, Instant startedAt, Instant processedAt) {
    return of(
        event,
        status,
        Optional.of(Microseconds.toInstant(Microseconds.of(startedAt))),
        processedAt,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The outcome of an event that became a dead letter. */
  public static EventOutcome failed(DeadLetter letter) {
    return of(
        letter.event(),
        Status.DEAD_LETTER,
        Optional.empty(),
        letter.failedAt(),
        Optional.of(letter.stage()),
        Optional.of(letter.errorClass()),
        Optional.of(letter.fingerprint()));
  }

  /** The outcome of a repeat that was dropped. */
  public static EventOutcome repeated(RawEvent event, Instant droppedAt) {
    return of(
        event,
        Status.REPEATED,
        Optional.empty(),
        droppedAt,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The outcome of a dead letter's event when the letter was discarded. */
  public static EventOutcome discarded(
      RawEvent event,
      Instant discardedAt,
      String stage,
      DeadLetter.ErrorClass errorClass,
      String fingerprint) {
    return of(
        event,
        Status.DISCARDED,
        Optional.empty(),
        discardedAt,
        Optional.of(stage),
        Optional.of(errorClass),
        Optional.of(fingerprint));
  }

  static EventOutcome of(
      RawEvent event,
      Status status,
      Optional<Instant> startedAt,
      Instant processedAt,
      Optional<String> stage,
      Optional<DeadLetter.ErrorClass> errorClass,
      Optional<String> fingerprint) {
    return new AutoValue_EventOutcome(
        event.withoutBody(),
        status,
        startedAt,
        Microseconds.toInstant(Microseconds.of(processedAt)),
        stage,
        errorClass,
        fingerprint);
  }

  /** Milliseconds from reaching the sink to the commit. */
  public Optional<Double> processingDurationMillis() {
    return startedAt().map(started -> millis(started, processedAt()));
  }

  /** Milliseconds from publication to {@link #processedAt}. */
  public double latencyMillis() {
    return millis(event().publishTime(), processedAt());
  }

  private static double millis(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e6;
  }
}
