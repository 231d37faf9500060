package dev.tidegate.local.command;

import dev.tidegate.local.RunningSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code --data}: which system a command is about. */
public final class DataFolderOption {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      defaultValue = "${env:TIDEGATE_DATA:-.tidegate}",
      description = {"The system's data folder (or env TIDEGATE_DATA).", ".tidegate by default."})
  private Path folder;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** Whether the command line itself names it. */
  boolean isGiven() {
    return command.commandLine().getParseResult().hasMatchedOption("--data");
  }

  /** The data folder, whether a system runs on it or not. */
  public Path folder() {
    return folder;
  }

  /**
   * The system that runs on the data folder.
   *
   * @throws CommandFailure where none does
   */
  public RunningSystem runningSystem() {
    return runningSystemIfAny()
        .orElseThrow(
            () ->
                new CommandFailure(
                    "No Tidegate runs on "
                        + folder
                        + ". Start one with ./tidegate up, or name its folder with --data"));
  }

  /** The system that runs on the data folder, if one does. */
  public Optional<RunningSystem> runningSystemIfAny() {
    try {
      return RunningSystem.in(folder);
    } catch (IOException unreadable) {
      throw new CommandFailure(
          "The data folder "
              + folder
              + " cannot be read ("
              + FailureReport.reason(unreadable)
              + "). Name another with --data, or start again with ./tidegate up",
          unreadable);
    }
  }
}
