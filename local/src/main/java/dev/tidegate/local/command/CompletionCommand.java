package dev.tidegate.local.command;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tidegate completion}: a script with which a shell completes the commands. */
@Command(
    name = "completion",
    description = "Print a script that makes bash and zsh complete commands and options.",
    footer = {"", "Example: source <(tidegate completion)"})
public final class CompletionCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine()
        .getOut()
        .print(AutoComplete.bash("tidegate", spec.root().commandLine()).replace("\r", "") + "\n");
  }
}
