package dev.tidegate.transforms.handlers;

/** The event breaks a rule its handler relies on. The message names JSON pointers and rules. */
public final class InvalidEventException extends Exception {
  private static final long serialVersionUID = 1L;

  public InvalidEventException(String message) {
    super(message);
  }
}
