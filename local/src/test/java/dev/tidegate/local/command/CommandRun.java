package dev.tidegate.local.command;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** One command as a user runs it: what it printed where, and how it ended. */
public record CommandRun(int exitCode, String out, String err) {
  public static CommandRun of(String... arguments) {
    return with(Map.of(), arguments);
  }

  /** In an environment that says where a gateway is. */
  static CommandRun with(Map<String, String> environment, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine =
        Tidegate.commandLine(environment)
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF));
    int exitCode = commandLine.execute(arguments);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }

  static CommandRun withInput(byte[] input, String... arguments) {
    return withInput(input, Map.of(), arguments);
  }

  static CommandRun withInput(byte[] input, Map<String, String> environment, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      return with(environment, arguments);
    } finally {
      System.setIn(before);
    }
  }
}
