package dev.tidegate.gateway.webhooks;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.ledger.EventToken;
import dev.tidegate.gateway.metrics.GatewayMetrics;
import dev.tidegate.gateway.publish.EventPublisher;
import java.util.List;

/** {@code POST /webhooks/{source}}: signed requests of senders. */
public final class WebhookRoutes implements Routes {
  public WebhookRoutes(
      List<WebhookEndpoint> endpoints,
      EventPublisher publisher,
      EventToken eventTokens,
      ClientAddress clientAddress,
      GatewayMetrics metrics) {}

  @Override
  public void addTo(ServerBuilder server) {}
}
