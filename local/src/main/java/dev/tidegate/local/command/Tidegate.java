package dev.tidegate.local.command;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line's entrance: {@code tidegate <command>}. */
@Command(
    name = "tidegate",
    description = "Takes event notifications in, and stores them where people need them.",
    subcommands = {
      UpCommand.class,
      StatusCommand.class,
      SendCommand.class,
      TriggerCommand.class,
      ListenCommand.class,
      EventCommand.class,
      IssueCommand.class,
      ReplayCommand.class,
      WhatIfCommand.class,
      TaskCommand.class,
      SagaCommand.class,
      RelayCommand.class,
      MetricsCommand.class,
      SqlCommand.class,
      QueryCommand.class,
      LogsCommand.class,
      DoctorCommand.class,
      OpenCommand.class,
      LoginCommand.class,
      LogoutCommand.class,
      WhoamiCommand.class,
      EnvCommand.class,
      TokenCommand.class,
      TenantCommand.class,
      SourcesCommand.class,
      MigrateCommand.class,
      CompletionCommand.class,
    },
    mixinStandardHelpOptions = true,
    versionProvider = Tidegate.Version.class,
    sortOptions = false,
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:It was done.",
      "1:It could not be done; standard error says why.",
      "2:There is no such command or option."
    },
    footer = {"", "Example: tidegate up --demo"},
    scope = ScopeType.INHERIT)
public final class Tidegate implements Runnable {
  /** Keeps the JVM's own messages out of what a short command prints. */
  private static final String NO_LOGGING = "org.slf4j.helpers.NOP_FallbackServiceProvider";

  /** What every terminal has. Examples fit into it, and stay on one line. */
  private static final int HELP_WIDTH = 80;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of a failure.")
  private boolean verbose;

  @Spec private CommandSpec spec;

  private final Map<String, String> environment;

  private Tidegate(Map<String, String> environment) {
    this.environment = environment;
  }

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
    return commandLine(System.getenv());
  }

  /** The same, which looks for a gateway in another environment. */
  static CommandLine commandLine(Map<String, String> environment) {
    FailureReport failureReport = new FailureReport();
    return new CommandLine(new Tidegate(environment))
        .setUsageHelpWidth(HELP_WIDTH)
        .setExecutionExceptionHandler(failureReport)
        .setParameterExceptionHandler(failureReport)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  static boolean isVerbose(CommandLine command) {
    return ((Tidegate) command.getCommandSpec().root().userObject()).verbose;
  }

  static Map<String, String> environmentOf(CommandSpec command) {
    return ((Tidegate) command.root().userObject()).environment;
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

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Tidegate.class.getPackage().getImplementationVersion();
      return new String[] {"Tidegate " + (version == null ? "(not packaged)" : version)};
    }
  }
}
