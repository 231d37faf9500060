package dev.tidegate.schemas;

import com.google.auto.value.AutoValue;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.beam.sdk.coders.DefaultCoder;

/**
 * What became of an event, once: a repeat or a replay has an outcome of its own. They are only ever
 * appended to {@code event_outcomes}, so that the archive need never be updated (issue 5).
 */
@AutoValue
@DefaultCoder(EventOutcomeCoder.class)
public abstract class EventOutcome {
  /** How it ended. */
  public enum Status {
    /** Something it says stands in the tables; or its handler had nothing to say. */
    APPLIED,
    /** The tables knew something newer of everything it says. */
    STALE,
    /** The ledger had this very event, with this body, before. */
    DUPLICATE,
    /** Nobody handles its type. */
    UNHANDLED,
    /** It failed for good. */
    DEAD_LETTER
  }

  /** The event, without its body. */
  public abstract RawEvent event();

  public abstract Status status();

  /** When it reached the sink; empty for dead letters. */
  public abstract Optional<Instant> startedAt();

  /** When it was committed, or failed for good. */
  public abstract Instant processedAt();

  /** Of a dead letter, the step that failed. */
  public abstract Optional<String> stage();

  /** Of a dead letter, the kind of failure. */
  public abstract Optional<DeadLetter.ErrorClass> errorClass();

  /** Of a dead letter, see {@link DeadLetter#fingerprint}. */
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

  /** The outcome that {@code letter} is. */
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

  /** Milliseconds from publication to the commit or the failure. */
  public double latencyMillis() {
    return millis(event().publishTime(), processedAt());
  }

  private static double millis(Instant from, Instant to) {
    return Duration.between(from, to).toNanos() / 1e6;
  }
}
