package dev.tidegate.local.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line's entrance: {@code tidegate <command>}. */
@Command(
    name = "tidegate",
    description = "Takes event notifications in and lands them where people need them.",
    subcommands = {
      UpCommand.class,
      SendCommand.class,
      ListenCommand.class,
      SqlCommand.class,
      QueryCommand.class,
      StatusCommand.class,
      ReplayCommand.class,
      MigrateCommand.class,
      TokenCommand.class,
    },
    mixinStandardHelpOptions = true,
    versionProvider = TidegateVersion.class,
    usageHelpAutoWidth = true,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    scope = ScopeType.INHERIT)
public final class Tidegate implements Runnable {
  /** Keeps the JVM's own messages out of what a short command prints. */
  private static final String NO_LOGGING = "org.slf4j.helpers.NOP_FallbackServiceProvider";

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean verbose;

  @Spec private CommandSpec spec;

  public static void main(String[] arguments) {
    Optional<String> command =
        Arrays.stream(arguments).filter(argument -> !argument.startsWith("-")).findFirst();
    if (!command.equals(Optional.of("up"))) {
      silenceLogging();
    }
    // UTF-8 whatever the locale says: JSON and CSV are read by programs.
    CommandLine commandLine =
        commandLine().setOut(writerTo(FileDescriptor.out)).setErr(writerTo(FileDescriptor.err));
    int exitCode = commandLine.execute(arguments);
    commandLine.getOut().flush();
    commandLine.getErr().flush();
    System.exit(exitCode);
  }

  /** The whole command line, ready to execute. */
  public static CommandLine commandLine() {
    FailureReport failureReport = new FailureReport();
    return new CommandLine(new Tidegate())
        .setExecutionExceptionHandler(failureReport)
        .setParameterExceptionHandler(failureReport)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  static boolean isVerbose(CommandLine command) {
    Object root = command.getCommandSpec().root().userObject();
    return root instanceof Tidegate tidegate && tidegate.verbose;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Say what to do: " + String.join(", ", spec.subcommands().keySet()));
  }

  private static void silenceLogging() {
    if (System.getProperty("slf4j.provider") == null) {
      System.setProperty("slf4j.provider", NO_LOGGING);
      System.setProperty("slf4j.internal.verbosity", "ERROR");
    }
    Logger.getLogger("").setLevel(Level.OFF);
  }

  private static PrintWriter writerTo(FileDescriptor stream) {
    return new PrintWriter(new FileOutputStream(stream), true, StandardCharsets.UTF_8);
  }
}
