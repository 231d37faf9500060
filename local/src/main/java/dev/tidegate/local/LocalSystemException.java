package dev.tidegate.local;

/** Why a local system cannot start, in words that say what to do. */
public final class LocalSystemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LocalSystemException(String message) {
    super(message);
  }

  public LocalSystemException(String message, Throwable cause) {
    super(message, cause);
  }
}
