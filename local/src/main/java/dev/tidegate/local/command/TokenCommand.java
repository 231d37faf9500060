package dev.tidegate.local.command;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code tidegate token}: prints a token that the running system's gateway believes. */
@Command(
    name = "token",
    description =
        "Print a token for the gateway of the system on the data folder, for development.",
    footer = {
      "",
      "Example:",
      "  curl -H \"Authorization: Bearer $(tidegate token)\" localhost:8080/events"
    })
public final class TokenCommand implements Callable<Integer> {
  @Mixin private DataFolderOption data;
  @Mixin private TokenOption token;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    spec.commandLine().getOut().print(token.sign(data) + "\n");
    return 0;
  }
}
