package dev.tidegate.local.gateway;

import dev.tidegate.gateway.Gateway;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
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
import java.util.List;
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
   * @param password the database's, where it has one
   * @param more routes beside the gateway's own
   * @param checks what else must work before it is ready
   */
  public static Gateway start(
      int port,
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
            List.of(
                endpoint(Terminal49.NAME, new SignatureScheme.Terminal49(), secrets.terminal49()),
                endpoint(
                    STANDARD,
                    new SignatureScheme.StandardWebhooks(
                        SignatureScheme.StandardWebhooks.TOLERANCE),
                    secrets.standard())),
            new AuthenticationConfiguration(List.of(), List.of(), Optional.of(secrets.tokenKey())),
            LIMITS,
            secrets.eventIdKey(),
            Optional.of(secrets.stampKey()),
            List.of()),
        metrics,
        more,
        checks);
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
