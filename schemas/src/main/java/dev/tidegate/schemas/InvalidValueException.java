package dev.tidegate.schemas;

/**
 * A value that its column cannot hold: a permanent error of the event it came from. The message
 * names table, column and rule, and never the value.
 */
public final class InvalidValueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidValueException(String table, String column, String rule) {
    super("%s.%s %s".formatted(table, column, rule));
  }
}
