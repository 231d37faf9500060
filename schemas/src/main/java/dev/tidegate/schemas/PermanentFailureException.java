package dev.tidegate.schemas;

import dev.tidegate.schemas.DeadLetter.ErrorClass;

/**
 * An event can never pass a step of the pipeline: it becomes a {@link DeadLetter} of this class and
 * message. The message names rules and places, and never a value of the event.
 */
public final class PermanentFailureException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorClass errorClass;

  private PermanentFailureException(ErrorClass errorClass, String message) {
    super(message);
    this.errorClass = errorClass;
  }

  /** The body or the attributes are not what the source sends. */
  public static PermanentFailureException undecodable(String message) {
    return new PermanentFailureException(ErrorClass.UNDECODABLE, message);
  }

  /** The event breaks a rule that its handler relies on. */
  public static PermanentFailureException invalid(String message) {
    return new PermanentFailureException(ErrorClass.INVALID, message);
  }

  /** The event is of a tenant whose events are not taken. */
  public static PermanentFailureException tenantMismatch(String message) {
    return new PermanentFailureException(ErrorClass.TENANT_MISMATCH, message);
  }

  /** The event has a value that its column cannot hold. */
  static PermanentFailureException invalidValue(String table, String column, String rule) {
    return invalid("%s.%s %s".formatted(table, column, rule));
  }

  public ErrorClass errorClass() {
    return errorClass;
  }
}
