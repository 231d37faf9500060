package dev.tidegate.transforms.handlers;

/**
 * A handler that calls another system could not get its answer, and may get it later: the system is
 * away, too slow or too busy. The handler is called again, up to {@code --handlerAttempts} times,
 * then the event is a dead letter of the class {@code HANDLER_UNAVAILABLE}.
 *
 * <p>A pure handler never needs it. One that calls out sets a timeout for the call itself: nobody
 * interrupts it.
 */
public final class RetryableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param message what went wrong, for operators; no value of the event
   */
  public RetryableException(String message) {
    super(message);
  }

  /**
   * @param message what went wrong, for operators; no value of the event
   * @param cause what the call threw; its message is shown to nobody
   */
  public RetryableException(String message, Throwable cause) {
    super(message, cause);
  }
}
