package dev.tidegate.local.command;

import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.Event;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code tidegate token}: prints a token that the running system's gateway believes. */
@Command(
    name = "token",
    description = "Print a token for the system's gateway: a JWT for development, good for a year.",
    footer = {
      "",
      "Example: curl -H \"Authorization: Bearer $(tidegate token)\" http://localhost:8080/events"
    })
public final class TokenCommand implements Callable<Integer> {
  @Mixin private DataFolderOption data;

  @Option(
      names = "--tenant",
      paramLabel = "ID",
      defaultValue = LocalGateway.TENANT,
      description = "Whose events its bearer sends and sees; ${DEFAULT-VALUE} by default.")
  private String tenant;

  @Option(
      names = "--subject",
      paramLabel = "NAME",
      defaultValue = "developer",
      description = "Who the bearer is; ${DEFAULT-VALUE} by default.")
  private String subject;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      split = ",",
      defaultValue = "operator",
      description = {
        "operator, the default: sees all of the tenant's events and looks after failures.",
        "platform_operator: of all tenants. none: sends events and sees its own."
      })
  private List<String> roles;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    requireName("--tenant", tenant);
    requireName("--subject", subject);
    List<Role> chosen =
        roles.stream().filter(role -> !role.equals("none")).map(this::role).toList();
    // Only a system's folder has the key; a new one would be believed by nobody.
    data.runningSystem();
    spec.commandLine()
        .getOut()
        .println(
            new DevelopmentToken(tenant, subject, chosen, DevelopmentToken.LONG)
                .sign(DevelopmentSecrets.in(data.folder()).tokenKey()));
    return 0;
  }

  private Role role(String text) {
    return Role.labelled(text)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(),
                    "--role takes operator, platform_operator or none, not " + text));
  }

  private void requireName(String option, String text) {
    if (!Event.isName(text)) {
      throw new ParameterException(
          spec.commandLine(), option + " takes a short name without control characters");
    }
  }
}
