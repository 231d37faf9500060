package dev.tidegate.local.command;

import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.DevelopmentSecrets;
import dev.tidegate.local.gateway.DevelopmentToken;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.Event;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Which gateway a command talks to, and with which token. A token is never an option, which other
 * users of the machine could read. An option outranks the environment.
 */
public final class GatewayOption {
  static final String URL_VARIABLE = "TIDEGATE_GATEWAY_URL";
  static final String TOKEN_VARIABLE = "TIDEGATE_TOKEN";
  static final String PROFILE_VARIABLE = "TIDEGATE_PROFILE";

  /** As long as a session of the console may be: one that is made from the token ends with it. */
  private static final Duration TOKEN_VALIDITY = Duration.ofHours(8);

  @Mixin private DataFolderOption data;

  @Option(
      names = "--gateway-url",
      paramLabel = "URL",
      description =
          "The gateway (or env TIDEGATE_GATEWAY_URL), with the token in TIDEGATE_TOKEN. By default the one of the system that runs on the data folder, else that of the last login.")
  private String url;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "The gateway and token of this login (or env TIDEGATE_PROFILE).")
  private String profile;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  DataFolderOption data() {
    return data;
  }

  Map<String, String> environment() {
    return Tidegate.environmentOf(command);
  }

  /** The gateway that is meant; this machine is asked, and no network. */
  GatewayClient client() {
    if (url != null && profile != null) {
      throw new ParameterException(
          command.commandLine(), "Give either --gateway-url or --profile: a profile has its own");
    }
    if (url != null) {
      return named(url);
    } else if (profile != null) {
      return ofProfile(profile);
    } else if (data.isGiven()) {
      return ofSystem(data.runningSystem());
    }
    Optional<String> ofEnvironment = variable(URL_VARIABLE);
    Optional<String> profileOfEnvironment = variable(PROFILE_VARIABLE);
    if (ofEnvironment.isPresent()) {
      return named(ofEnvironment.get());
    } else if (profileOfEnvironment.isPresent()) {
      return ofProfile(profileOfEnvironment.get());
    }
    Optional<RunningSystem> system = data.runningSystemIfAny();
    String last = profiles().current();
    if (system.isEmpty() && last == null) {
      throw new CommandFailure(
          ("Which gateway? No Tidegate runs on %s, and nobody has logged in. Start one with"
                  + " ./tidegate up, name its folder with --data, log in with tidegate login"
                  + " --gateway-url URL, choose a login with --profile, or set %s and %s")
              .formatted(data.folder(), URL_VARIABLE, TOKEN_VARIABLE));
    }
    return system.map(this::ofSystem).orElseGet(() -> ofProfile(last));
  }

  /** The system whose gateway it is; empty where it is one elsewhere. */
  Optional<RunningSystem> systemOf(GatewayClient client) {
    return data.runningSystemIfAny()
        .filter(system -> withoutSlash(system.gatewayUrl()).equals(client.url()));
  }

  /** The address that the options or the environment name, if they do. */
  Optional<String> address() {
    return Optional.ofNullable(url).or(() -> variable(URL_VARIABLE)).map(this::checked);
  }

  /** The profile that the options or the environment name, if they do. */
  Optional<String> profile() {
    return Optional.ofNullable(profile).or(() -> variable(PROFILE_VARIABLE));
  }

  Profiles profiles() {
    return Profiles.in(Profiles.file(environment()));
  }

  Optional<String> variable(String name) {
    return Optional.ofNullable(environment().get(name)).filter(value -> !value.isBlank());
  }

  /** What needs no token does without one. */
  private GatewayClient named(String address) {
    return new GatewayClient(
        checked(address),
        () ->
            variable(TOKEN_VARIABLE)
                .map(String::strip)
                .orElseThrow(
                    () ->
                        new CommandFailure(
                            "There is no token for %s: set %s, or log in with tidegate login and use --profile"
                                .formatted(address, TOKEN_VARIABLE))),
        "Set %s to one that is valid; for a local system: eval \"$(./tidegate env)\""
            .formatted(TOKEN_VARIABLE));
  }

  private GatewayClient ofProfile(String name) {
    Profiles profiles = profiles();
    Profiles.Profile chosen =
        profiles
            .named(name)
            .orElseThrow(
                () ->
                    new CommandFailure(
                        "There is no profile %s. There %s. Log in with tidegate login --gateway-url URL --profile %s"
                            .formatted(
                                name,
                                profiles.profiles().isEmpty()
                                    ? "is none yet"
                                    : "are: " + String.join(", ", profiles.profiles().keySet()),
                                name)));
    return new GatewayClient(
        checked(chosen.gatewayUrl()),
        chosen::token,
        "Log in again with tidegate login --profile " + name);
  }

  /** The gateway of a system on this machine. */
  GatewayClient clientOf(RunningSystem system) {
    return ofSystem(system);
  }

  /** Whom the tokens for a system on this machine name. */
  static String localUser() {
    String user = System.getProperty("user.name", "");
    return Event.isName(user) ? user : "developer";
  }

  /** With a token for development that each request gets anew: it need not be good for long. */
  private GatewayClient ofSystem(RunningSystem system) {
    DevelopmentToken token =
        new DevelopmentToken(
            LocalGateway.TENANT,
            localUser(),
            List.of(Role.PLATFORM_OPERATOR),
            List.of(),
            TOKEN_VALIDITY);
    Secret key;
    try {
      key = DevelopmentSecrets.in(data.folder()).tokenKey();
    } catch (IOException unreadable) {
      throw new CommandFailure(
          "The key of tokens in %s cannot be read (%s)"
              .formatted(data.folder(), FailureReport.reason(unreadable)),
          unreadable);
    }
    return new GatewayClient(
        withoutSlash(system.gatewayUrl()),
        () -> token.sign(key),
        "Is %s the folder of the system that runs there?".formatted(data.folder()));
  }

  private String checked(String address) {
    URI uri;
    try {
      uri = URI.create(address.strip());
    } catch (IllegalArgumentException notOne) {
      uri = URI.create("");
    }
    boolean http = "http".equalsIgnoreCase(uri.getScheme());
    if (!(http || "https".equalsIgnoreCase(uri.getScheme()))
        || uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawQuery() != null
        || uri.getRawFragment() != null) {
      throw new ParameterException(
          command.commandLine(),
          "A gateway's URL is https://HOST or http://HOST:PORT, not " + address);
    }
    return withoutSlash(uri.toString());
  }

  private static String withoutSlash(String address) {
    return address.replaceAll("/+$", "");
  }
}
