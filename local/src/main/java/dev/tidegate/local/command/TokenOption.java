package dev.tidegate.local.command;

import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.Event;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a token for development says of its bearer. */
public final class TokenOption {
  private static final Duration LONGEST = Duration.ofDays(365);

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
      hideParamSyntax = true,
      defaultValue = "operator",
      description =
          "operator, the default: sees all of the tenant's events and looks after failures. viewer:"
              + " sees them, and changes nothing. worker: works off the tenant's tasks."
              + " platform_operator: an operator of all tenants. none: sends events and sees its"
              + " own.")
  private List<String> roles;

  @Option(
      names = "--source",
      paramLabel = "NAME",
      split = ",",
      hideParamSyntax = true,
      description = "The sources that its bearer may send events for; none by default.")
  private List<String> sources = List.of();

  @Option(
      names = "--ttl",
      paramLabel = "TIME",
      defaultValue = "1h",
      description = "How long it is good for: 90s, 30m, 12h or 30d; ${DEFAULT-VALUE} by default.")
  private String validity;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** A token that the gateway of the system on {@code data} believes. */
  String sign(DataFolderOption data) throws IOException {
    requireName("--tenant", tenant);
    requireName("--subject", subject);
    sources.forEach(source -> requireName("--source", source));
    List<Role> chosen =
        roles.stream().filter(role -> !role.equals("none")).map(this::role).toList();
    DevelopmentToken token = new DevelopmentToken(tenant, subject, chosen, sources, validity());
    // Only a system's folder has the key; a new one would be believed by nobody.
    data.runningSystem();
    return token.sign(DevelopmentSecrets.in(data.folder()).tokenKey());
  }

  private Duration validity() {
    String text = validity.toUpperCase(Locale.ROOT);
    Duration duration = Duration.ZERO;
    try {
      duration = Duration.parse((text.endsWith("D") ? "P" : "PT") + text);
    } catch (DateTimeParseException | ArithmeticException notOne) {
      // It is refused below.
    }
    if (duration.compareTo(Duration.ofSeconds(1)) < 0 || duration.compareTo(LONGEST) > 0) {
      throw mistake(
          "--ttl takes a time of 1s to %dd, as in 30m, not %s"
              .formatted(LONGEST.toDays(), validity));
    }
    return duration;
  }

  private Role role(String text) {
    return Role.labelled(text)
        .orElseThrow(
            () ->
                mistake(
                    "--role takes viewer, worker, operator, platform_operator or none, not "
                        + text));
  }

  private void requireName(String option, String text) {
    if (!Event.isName(text)) {
      throw mistake(option + " takes a short name without control characters");
    }
  }

  private ParameterException mistake(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
