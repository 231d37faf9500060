package dev.tidegate.local.command;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** The statement a command was given: its argument, or standard input for {@code -}. */
final class SqlText {
  private SqlText() {}

  static String from(String argument, InputStream standardInput) throws IOException {
    String sql =
        argument.equals("-")
            ? new String(standardInput.readAllBytes(), StandardCharsets.UTF_8)
            : argument;
    if (sql.isBlank()) {
      throw new CommandFailure("There is no SQL to run. Give it in quotes, or - to read it");
    }
    return sql;
  }
}
