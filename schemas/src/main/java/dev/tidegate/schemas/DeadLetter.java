package dev.tidegate.schemas;

import com.google.auto.value.AutoValue;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.apache.beam.sdk.coders.DefaultCoder;

/**
 * An event that failed for good, with everything needed to see why and to replay it: the original
 * body and attributes, where it failed and how.
 */
@AutoValue
@DefaultCoder(DeadLetterCoder.class)
public abstract class DeadLetter {
  /** The kinds of permanent failure. An outage is not among them: the pipeline retries it. */
  public enum ErrorClass {
    /** The body is not what its source sends: not JSON, no ID, no type. */
    UNDECODABLE,
    /** It breaks a rule that its handler relies on, or its column's type. */
    INVALID,
    /** The handler itself failed: a bug of ours. */
    HANDLER_FAILURE,
    /**
     * The system that its handler calls did not answer, or was too slow or too busy, in every
     * attempt.
     */
    HANDLER_UNAVAILABLE,
    /** PostgreSQL refused these rows, and took other rows of the same tables. */
    DATABASE_REJECTED,
    /** The archive refused the row. The tables can still have the event. */
    ARCHIVE_REJECTED,
    /** The pipeline, or its source, does not take the events of its tenant. */
    TENANT_MISMATCH
  }

  private static final int MAX_FRAMES = 30;
  private static final int MAX_CAUSES = 3;

  /** The event as it came. */
  public abstract RawEvent event();

  /** The pipeline's step that failed, by its name. */
  public abstract String stage();

  public abstract ErrorClass errorClass();

  /** What was wrong. It holds no value of a row. */
  public abstract String errorMessage();

  /** The frames of the failure, bounded; empty where the message says it all. */
  public abstract Optional<String> stackTrace();

  public abstract Instant failedAt();

  /**
   * Letters with the same reason have the same fingerprint: 16 hexadecimal digits of the hash of
   * source, stage, class, and message without its numbers and quoted parts.
   */
  public String fingerprint() {
    String reason =
        String.join(
            "\n",
            event().source(),
            stage(),
            errorClass().name(),
            errorMessage().replaceAll("\"[^\"]*\"|'[^']*'|[0-9]+", "?"));
    return Sha256.hexOf(reason.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /** How often the event was tried: 1, and one more for each replay. */
  public int attempts() {
    return 1
        + event()
            .attribute(EventAttributes.ATTEMPTS)
            .filter(text -> text.matches("[0-9]{1,6}"))
            .map(Integer::parseInt)
            .orElse(0);
  }

  /** Class names and frames of {@code failure} and its causes, bounded. */
  private static String framesOf(Throwable failure) {
    StringBuilder text = new StringBuilder();
    Throwable current = failure;
    for (int depth = 0; current != null && depth < MAX_CAUSES; depth++) {
      text.append(depth == 0 ? "" : "caused by ").append(current.getClass().getName()).append('\n');
      Arrays.stream(current.getStackTrace())
          .limit(MAX_FRAMES)
          .forEach(frame -> text.append("  at ").append(frame).append('\n'));
      current = current.getCause();
    }
    return text.toString();
  }

  public static Builder builder() {
    return new AutoValue_DeadLetter.Builder();
  }

  /** Builds a {@link DeadLetter}. */
  @AutoValue.Builder
  public abstract static class Builder {
    public abstract Builder event(RawEvent value);

    public abstract Builder stage(String value);

    public abstract Builder errorClass(ErrorClass value);

    public abstract Builder errorMessage(String value);

    public abstract Builder stackTrace(String value);

    abstract Builder stackTrace(Optional<String> value);

    public abstract Builder failedAt(Instant value);

    /**
     * The failure is a bug of Tidegate or a handler. Its message may quote the event: its class and
     * its frames do not.
     */
    public Builder bug(Throwable bug) {
      return errorClass(ErrorClass.HANDLER_FAILURE)
          .errorMessage(bug.getClass().getName())
          .stackTrace(framesOf(bug));
    }

    abstract Instant failedAt();

    abstract DeadLetter autoBuild();

    public DeadLetter build() {
      return failedAt(Microseconds.toInstant(Microseconds.of(failedAt()))).autoBuild();
    }
  }
}
