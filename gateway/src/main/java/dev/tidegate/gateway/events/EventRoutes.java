package dev.tidegate.gateway.events;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.identity.Authenticator;
import dev.tidegate.gateway.ledger.EventToken;
import dev.tidegate.gateway.metrics.GatewayMetrics;
import dev.tidegate.gateway.publish.EventPublisher;

/** {@code POST /events} and {@code /events/batch}: application events of authenticated callers. */
public final class EventRoutes implements Routes {
  public EventRoutes(
      Authenticator authenticator,
      EventPublisher publisher,
      EventToken eventTokens,
      EventLimits limits,
      GatewayMetrics metrics) {}

  @Override
  public void addTo(ServerBuilder server) {}
}
