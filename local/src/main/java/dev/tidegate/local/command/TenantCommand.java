package dev.tidegate.local.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.gateway.auth.ApiKeyFile;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code tidegate tenant}: who may send events. */
@Command(
    name = "tenant",
    description = "Add a tenant to a gateway that runs.",
    footer = {"", "Example: tidegate tenant add acme"})
public final class TenantCommand extends Noun {
  private static final int KEY_BYTES = 32;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(100);

  @Spec private CommandSpec spec;

  @Command(
      description =
          "Make an API key for a tenant, and print it. The gateway knows it within a second or two,"
              + " without a restart. Only the key's SHA-256 is kept.",
      footer = {"", "Example: tidegate tenant add acme"})
  int add(
      @Mixin DataFolderOption data,
      @Option(
              names = "--file",
              paramLabel = "FILE",
              description =
                  "The file that a gateway's configuration names as authentication.apiKeyFile; that"
                      + " of the system on the data folder by default.")
          Path file,
      @Option(
              names = "--id",
              paramLabel = "NAME",
              description =
                  "Names the key in logs, and is the sender of its events; the tenant by default.")
          String id,
      @Option(
              names = "--role",
              paramLabel = "ROLE",
              split = ",",
              hideParamSyntax = true,
              description =
                  "operator: sees all of the tenant's events and looks after failures. viewer: sees"
                      + " them, and changes nothing. worker: works off its tasks. By default the"
                      + " key sends events and sees its own.")
          List<String> roles,
      @Option(
              names = "--source",
              paramLabel = "NAME",
              split = ",",
              hideParamSyntax = true,
              description = "The sources that the key may send events for; none by default.")
          Set<String> sources,
      @Parameters(paramLabel = "TENANT", description = "The tenant's name.") String tenant)
      throws IOException, InterruptedException {
    String name = id == null ? tenant : id;
    if (!Event.isName(tenant)
        || !Event.isName(name)
        || (sources != null && !sources.stream().allMatch(Event::isName))) {
      throw new ParameterException(
          spec.commandLine(), "The names of a tenant, a key and a source have " + Event.NAME_RULE);
    }
    Path keys = file == null ? LocalGateway.apiKeyFile(data.folder()) : file;
    if (keys.toAbsolutePath().getParent() == null
        || !Files.isDirectory(keys.toAbsolutePath().getParent())) {
      throw new CommandFailure(
          "There is no folder for %s. Start a system with ./tidegate up, or name a file with --file"
              .formatted(keys));
    }
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    String key = "tg_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    try {
      ApiKeyFile.add(
          keys,
          new ApiKey(name, Sha256.hexOf(key.getBytes(UTF_8)), tenant, rolesOf(roles), sources));
    } catch (IllegalArgumentException refused) {
      throw new CommandFailure(
          "No key was added. " + refused.getMessage() + " --id gives another key another name",
          refused);
    }
    Optional<RunningSystem> running = file == null ? data.runningSystemIfAny() : Optional.empty();
    if (running.isPresent()) {
      awaitKnown(running.get(), key, keys);
    }
    spec.commandLine().getOut().print(key + "\n");
    spec.commandLine().getOut().flush();
    spec.commandLine()
        .getErr()
        .println(
            DisplayText.escaped(
                "The tenant %s sends this key as X-API-Key. It is not shown again; %s has its SHA-256."
                    .formatted(tenant, keys)));
    return 0;
  }

  private Set<Role> rolesOf(List<String> labels) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String label : labels == null ? List.<String>of() : labels) {
      roles.add(
          Role.labelled(label)
              .filter(role -> role != Role.PLATFORM_OPERATOR)
              .orElseThrow(
                  () ->
                      new ParameterException(
                          spec.commandLine(),
                          "--role takes viewer, worker or operator, not " + label)));
    }
    return roles;
  }

  /** The command ends when the key can be used. */
  private static void awaitKnown(RunningSystem running, String key, Path file)
      throws InterruptedException {
    GatewayClient client = new GatewayClient(running.gatewayUrl(), () -> key, "");
    Instant last = Instant.now().plus(LONGEST_WAIT);
    while (true) {
      try {
        client.get("/whoami");
        return;
      } catch (GatewayClient.Refusal notYet) {
        if (notYet.status() != 401 || Instant.now().isAfter(last)) {
          throw new CommandFailure(
              "The gateway at %s does not know the key that was added to %s. Name the file of its configuration with --file"
                  .formatted(running.gatewayUrl(), file),
              notYet);
        }
        Thread.sleep(BETWEEN_QUESTIONS.toMillis());
      }
    }
  }
}
