package dev.tidegate.local.command;

/** A command cannot do what it was asked to; the message says what to do about it, in one line. */
public class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CommandFailure(String message) {
    super(message);
  }

  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
