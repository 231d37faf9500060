package dev.tidegate.local.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code tidegate logout}: forgets a login. */
@Command(
    name = "logout",
    description = "Forget the gateway and token of a login.",
    footer = {"", "Example: tidegate logout --profile production"})
public final class LogoutCommand implements Callable<Integer> {
  @Mixin private OutputOption output;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "Which login (or env TIDEGATE_PROFILE); the last by default.")
  private String profile;

  @Override
  public Integer call() throws IOException {
    Path file = Profiles.file(output.environment());
    Profiles profiles = Profiles.in(file);
    String ofEnvironment = output.environment().get(GatewayOption.PROFILE_VARIABLE);
    String name =
        profile != null ? profile : ofEnvironment != null ? ofEnvironment : profiles.current();
    if (profiles.named(name).isEmpty()) {
      throw new CommandFailure(
          name == null ? "Nobody has logged in" : "There is no profile " + name);
    }
    profiles.without(name).writeTo(file);
    if (!output.isQuiet()) {
      output.out().print("Logged out of %s\n".formatted(profiles.named(name).get().gatewayUrl()));
    }
    return 0;
  }
}
