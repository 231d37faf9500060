package dev.tidegate.local.command;

import java.util.List;

/** A command cannot do what it was asked to; the message says what to do about it, in one line. */
public class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is shown below the message, such as the place of a mistake. */
  private final transient List<String> below;

  public CommandFailure(String message) {
    super(message);
    this.below = List.of();
  }

  public CommandFailure(String message, Throwable cause) {
    this(message, List.of(), cause);
  }

  CommandFailure(String message, List<String> below, Throwable cause) {
    super(message, cause);
    this.below = List.copyOf(below);
  }

  List<String> below() {
    return below;
  }
}
