import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.http.ServerLimits;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.observe.RequestMetrics;
import dev.tidegate.gateway.publish.Acceptance;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.publish.PubsubPublisher;
import dev.tidegate.gateway.publish.PubsubConfiguration;
import dev.tidegate.gateway.publish.SpoolConfiguration;
import dev.tidegate.gateway.webhooks.SignatureScheme;
import dev.tidegate.gateway.webhooks.WebhookEndpoint;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.gateway.webhooks.WebhookRoutes;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The gateway's webhooks: {@code publish ENDPOINT SPOOL} to Pub/Sub, or {@code answer} at once
 * where they would be published.
 */
public final class GatewayUnderTest {
  static final String SECRET = "the sender's secret";
  private static final long SPOOL_BYTES = 1L << 30;

  private GatewayUnderTest() {}

  public static void main(String[] arguments) throws Exception {
    GatewayMetrics metrics = new GatewayMetrics();
    EventPublisher publisher =
        arguments[0].equals("publish")
            ? PubsubPublisher.open(
                new PubsubConfiguration("local-dev", "events", Optional.of(arguments[1])),
                Optional.of(new SpoolConfiguration(Path.of(arguments[2]), SPOOL_BYTES)),
                Optional.empty(),
                metrics)
            : new AnsweringPublisher();
    WebhookEndpoint endpoint =
        new WebhookEndpoint(
            "terminal49",
            "terminal49",
            new SignatureScheme.Terminal49(),
            List.of(new TenantSecret("acme", Secret.of(SECRET))),
            List.of(),
            WebhookEndpoint.MAX_BODY_BYTES);
    GatewayServer server =
        GatewayServer.start(
            "127.0.0.1",
            0,
            List.of(
                new WebhookRoutes(
                    List.of(endpoint),
                    publisher,
                    new EventToken(Secret.of("key of event IDs")),
                    new ClientAddress(List.of()),
                    metrics)),
            new RequestMetrics(metrics),
            new ClientAddress(List.of()),
            // All of them come from one address.
            ServerLimits.STANDARD.withRates(10_000_000, 200));
    System.out.println("address=http://127.0.0.1:" + server.port());
    System.out.flush();
    Thread.currentThread().join();
  }

  /** Answers at once, and keeps nothing. */
  private static final class AnsweringPublisher implements EventPublisher {
    @Override
    public CompletableFuture<Acceptance> publish(OutgoingEvent event) {
      return CompletableFuture.completedFuture(new Acceptance.Published("1"));
    }

    @Override
    public CompletableFuture<String> publishNow(OutgoingEvent event) {
      return CompletableFuture.completedFuture("1");
    }

    @Override
    public void close() {}
  }
}
