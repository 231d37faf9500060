package dev.tidegate.local.command;

import java.util.Map;
import java.util.OptionalInt;

/**
 * What the launcher script found out about the terminal: the JVM itself cannot tell one redirected
 * stream from another.
 *
 * @param columns the width of standard output, empty where it is no terminal
 * @param showsProgress whether standard error is a terminal, on which a line can be drawn over
 * @param asks whether standard input is a terminal, at which somebody can type
 */
record Terminal(OptionalInt columns, boolean showsProgress, boolean asks) {
  /** Narrower terminals are written to as if they were this wide. */
  private static final int NARROWEST = 20;

  static Terminal current() {
    return described(System.getenv());
  }

  static Terminal described(Map<String, String> environment) {
    String columns = environment.getOrDefault("TIDEGATE_COLUMNS", "");
    return new Terminal(
        columns.matches("[1-9][0-9]{0,4}")
            ? OptionalInt.of(Math.max(NARROWEST, Integer.parseInt(columns)))
            : OptionalInt.empty(),
        environment.containsKey("TIDEGATE_PROGRESS"),
        environment.containsKey("TIDEGATE_ASKS"));
  }
}
