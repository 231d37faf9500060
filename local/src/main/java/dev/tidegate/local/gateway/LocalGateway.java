package dev.tidegate.local.gateway;

import dev.tidegate.gateway.Extensions;
import dev.tidegate.gateway.Gateway;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.config.ConfigurationFile;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.console.ConsoleConfiguration;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.relay.RelayConfiguration;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Starts the gateway of a local system. */
public final class LocalGateway {
  /** Whose webhooks are taken, and whose tokens {@code up} prints. */
  public static final String TENANT = "default";

  /** The endpoint of Standard Webhooks, and the source of its events. */
  public static final String STANDARD = "standard";

  /** What a developer types to see the console. */
  private static final String OPEN_COMMAND = "./tidegate open";

  private static final long SPOOL_BYTES = 256L << 20;
  private static final int DATABASE_CONNECTIONS = 6;

  /** One developer's machine is not to be protected from its developer. */
  private static final Map<String, Integer> LIMITS =
      Map.of("eventsPerSecond", 100_000, "burst", 100_000);

  private LocalGateway() {}

  /**
   * Starts it on this machine's loopback interface.
   *
   * @param given what {@link #read} has read
   * @param password the database's, where it has one
   * @param extensions what the local system gives it
   */
  public static Gateway start(
      int port,
      GatewayConfiguration given,
      RunningSystem system,
      Optional<Secret> password,
      Path dataFolder,
      GatewayMetrics metrics,
      Extensions extensions)
      throws IOException {
    DevelopmentSecrets secrets = DevelopmentSecrets.in(dataFolder);
    return Gateway.start(
        new GatewayConfiguration(
            InetAddress.getLoopbackAddress().getHostAddress(),
            port,
            new PubsubConfiguration(
                system.project(), system.topic(), Optional.of(system.pubsubEndpoint())),
            Optional.of(
                new SpoolConfiguration(
                    dataFolder.resolve("gateway").resolve("spool"), SPOOL_BYTES)),
            Optional.of(
                new DatabaseConfiguration(
                    system.jdbcUrl(), system.jdbcUsername(), password, DATABASE_CONNECTIONS)),
            given.webhooks(),
            given.sources(),
            authentication(given.authentication(), secrets.tokenKey(), apiKeyFile(dataFolder)),
            given.limits(),
            secrets.eventIdKey(),
            Optional.of(secrets.stampKey()),
            given.trustedProxies(),
            Optional.of(
                new RelayConfiguration(
                    true, given.relay().map(RelayConfiguration::tables).orElse(List.of()))),
            Optional.of(
                new ConsoleConfiguration(
                    given
                        .console()
                        .map(ConsoleConfiguration::sessionKeys)
                        .orElse(List.of(secrets.sessionKey())),
                    given.console().flatMap(ConsoleConfiguration::url),
                    given.console().flatMap(ConsoleConfiguration::oidc),
                    Optional.of(OPEN_COMMAND)))),
        metrics,
        extensions);
  }

  /**
   * What {@link #start} takes of a gateway's configuration. What the local system is made of
   * outranks the file, whose own secrets for it need not be here. Without a file there are webhooks
   * for development. A source's webhooks have a secret for development, if it has none of its own.
   *
   * @param sources files, folders and names of declared sources
   * @throws dev.tidegate.gateway.config.ConfigurationException with every mistake of all files
   */
  public static GatewayConfiguration read(
      Optional<Path> file, List<String> sources, DevelopmentSecrets secrets) throws IOException {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.remove("PORT");
    Map<String, Object> instead = new HashMap<>();
    instead.put("pubsub", Map.of("project", "local", "topic", "local"));
    instead.put("eventIdKey", secrets.stampKeyReference());
    instead.put("sources", sources);
    List.of("spool", "database", "stampKey").forEach(name -> instead.put(name, null));
    if (file.isPresent()) {
      return ConfigurationFile.read(
          file.get(), environment, instead, source -> developmentSecret(source, secrets));
    }
    instead.put("limits", LIMITS);
    instead.put(
        "webhooks",
        List.of(
            webhook(Terminal49.NAME, "TERMINAL49", secrets.terminal49File()),
            webhook(STANDARD, "STANDARD_WEBHOOKS", secrets.standardFile())));
    return ConfigurationFile.read(
        "the local gateway", instead, environment, source -> developmentSecret(source, secrets));
  }

  private static Map<String, Object> webhook(String name, String scheme, Path secret) {
    return Map.of(
        "name", name,
        "source", name,
        "scheme", scheme,
        "secrets", List.of(Map.of("tenant", TENANT, "secret", "file:" + secret.toAbsolutePath())));
  }

  private static TenantSecret developmentSecret(SourceFile source, DevelopmentSecrets secrets) {
    boolean isStandard = source.webhook().path("scheme").asText().equals("standard-webhooks");
    try {
      return new TenantSecret(
          source.tenants().isEmpty() ? TENANT : source.tenants().get(0),
          secrets.ofSource(source.source(), isStandard));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The API keys of a local system: {@code tidegate tenant add} adds to them. */
  public static Path apiKeyFile(Path dataFolder) {
    return dataFolder.resolve("gateway").resolve("api-keys.yaml");
  }

  /** Development tokens are believed unless the file names whom to believe instead. */
  private static AuthenticationConfiguration authentication(
      AuthenticationConfiguration given, Secret tokenKey, Path apiKeyFile) {
    return new AuthenticationConfiguration(
        given.issuers(),
        given.apiKeys(),
        given.apiKeyFile().or(() -> Optional.of(apiKeyFile)),
        given.issuers().isEmpty()
            ? given.developmentKey().or(() -> Optional.of(tokenKey))
            : given.developmentKey());
  }
}
