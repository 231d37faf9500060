package dev.tidegate.local.gateway;

import dev.tidegate.gateway.Gateway;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.config.ConfigurationFile;
import dev.tidegate.gateway.config.GatewayConfiguration;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.events.EventLimits;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.observe.HealthCheck;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import java.io.IOException;
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

  private static final long SPOOL_BYTES = 256L << 20;
  private static final int DATABASE_CONNECTIONS = 6;

  /** One developer's machine is not to be protected from its developer. */
  private static final EventLimits LIMITS =
      new EventLimits(1 << 20, EventLimits.STANDARD.maxBatchBytes(), 100_000, 100_000);

  private LocalGateway() {}

  /**
   * Starts it on this machine's loopback interface.
   *
   * @param given a configuration whose webhooks and callers are taken in the place of those for
   *     development
   * @param password the database's, where it has one
   * @param more routes beside the gateway's own
   * @param checks what else must work before it is ready
   */
  public static Gateway start(
      int port,
      Optional<GatewayConfiguration> given,
      RunningSystem system,
      Optional<Secret> password,
      Path dataFolder,
      GatewayMetrics metrics,
      List<Routes> more,
      List<HealthCheck> checks)
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
            given.isPresent() ? given.get().webhooks() : developmentWebhooks(secrets),
            authentication(
                given.map(GatewayConfiguration::authentication),
                secrets.tokenKey(),
                apiKeyFile(dataFolder)),
            given.map(GatewayConfiguration::limits).orElse(LIMITS),
            secrets.eventIdKey(),
            Optional.of(secrets.stampKey()),
            given.map(GatewayConfiguration::trustedProxies).orElse(List.of())),
        metrics,
        more,
        checks);
  }

  /**
   * What {@link #start} takes of a gateway's configuration. What the local system is made of
   * outranks the file, whose own secrets for it need not be here.
   *
   * @throws dev.tidegate.gateway.config.ConfigurationException with every mistake of the file
   */
  public static GatewayConfiguration read(Path file, DevelopmentSecrets secrets) {
    Map<String, String> environment = new HashMap<>(System.getenv());
    environment.remove("PORT");
    Map<String, Object> instead = new HashMap<>();
    instead.put("pubsub", Map.of("project", "local", "topic", "local"));
    instead.put("eventIdKey", secrets.stampKeyReference());
    List.of("spool", "database", "stampKey").forEach(name -> instead.put(name, null));
    return ConfigurationFile.read(file, environment, instead);
  }

  /** The API keys of a local system: {@code tidegate tenant add} adds to them. */
  public static Path apiKeyFile(Path dataFolder) {
    return dataFolder.resolve("gateway").resolve("api-keys.yaml");
  }

  /** Development tokens are believed unless the file names whom to believe instead. */
  private static AuthenticationConfiguration authentication(
      Optional<AuthenticationConfiguration> given, Secret tokenKey, Path apiKeyFile) {
    AuthenticationConfiguration named =
        given.orElse(new AuthenticationConfiguration(List.of(), List.of(), Optional.empty()));
    return new AuthenticationConfiguration(
        named.issuers(),
        named.apiKeys(),
        named.apiKeyFile().or(() -> Optional.of(apiKeyFile)),
        named.issuers().isEmpty()
            ? named.developmentKey().or(() -> Optional.of(tokenKey))
            : named.developmentKey());
  }

  private static List<WebhookEndpoint> developmentWebhooks(DevelopmentSecrets secrets)
      throws IOException {
    return List.of(
        endpoint(Terminal49.NAME, new SignatureScheme.Terminal49(), secrets.terminal49()),
        endpoint(
            STANDARD,
            new SignatureScheme.StandardWebhooks(SignatureScheme.StandardWebhooks.TOLERANCE),
            secrets.standard()));
  }

  private static WebhookEndpoint endpoint(String name, SignatureScheme scheme, Secret secret) {
    return new WebhookEndpoint(
        name,
        name,
        scheme,
        List.of(new TenantSecret(TENANT, secret)),
        List.of(),
        WebhookEndpoint.MAX_BODY_BYTES);
  }
}
