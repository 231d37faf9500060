package dev.tidegate.transforms.handlers;

/** The body is not what its source sends. The message says why, without quoting the body. */
public final class UndecodableEventException extends Exception {
  private static final long serialVersionUID = 1L;

  public UndecodableEventException(String message) {
    super(message);
  }

  public UndecodableEventException(String message, Throwable cause) {
    super(message, cause);
  }
}
