package dev.tidegate.local.gateway;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.PubsubPublisher;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.gateway.webhooks.WebhookRoutes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A gateway's part that takes webhooks, in this process or as a process of its own. */
final class WebhookGateway implements AutoCloseable {
  static final String SECRET = "a sender's secret";
  private static final long SPOOL_BYTES = 1L << 30;

  private final GatewayMetrics metrics = new GatewayMetrics();
  private final PubsubPublisher publisher;
  private final GatewayServer server;

  WebhookGateway(String pubsub, Optional<SpoolConfiguration> spool) {
    publisher =
        PubsubPublisher.open(PubsubInbox.configuration(pubsub), spool, Optional.empty(), metrics);
    WebhookEndpoint endpoint =
        new WebhookEndpoint(
            "terminal49",
            "terminal49",
            new SignatureScheme.Terminal49(),
            List.of(new TenantSecret("acme", Secret.of(SECRET))),
            List.of(),
            WebhookEndpoint.MAX_BODY_BYTES);
    server =
        GatewayServer.start(
            "127.0.0.1",
            0,
            List.of(
                new WebhookRoutes(
                    List.of(endpoint),
                    publisher,
                    new EventToken(Secret.of("key of event IDs")),
                    new ClientAddress(List.of()),
                    metrics)));
  }

  static WebhookGateway withSpool(String pubsub, Path folder) {
    return withSpool(pubsub, folder, SPOOL_BYTES);
  }

  static WebhookGateway withSpool(String pubsub, Path folder, long maxBytes) {
    return new WebhookGateway(pubsub, Optional.of(new SpoolConfiguration(folder, maxBytes)));
  }

  int port() {
    return server.port();
  }

  PubsubPublisher publisher() {
    return publisher;
  }

  /** A metric's value, by the name that Prometheus sees. */
  double metric(String name) {
    return metrics
        .registry()
        .scrape()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no metric " + name));
  }

  @Override
  public void close() {
    server.close();
    publisher.close();
  }

  /** A process: arguments are Pub/Sub's endpoint and the spool's folder. */
  public static void main(String[] arguments) {
    WebhookGateway gateway = withSpool(arguments[0], Path.of(arguments[1]));
    System.out.println("port=" + gateway.port());
    System.out.flush();
  }
}
