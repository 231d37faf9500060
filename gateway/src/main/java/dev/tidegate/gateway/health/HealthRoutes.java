package dev.tidegate.gateway.health;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.configuration.GatewayConfiguration;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.ledger.LedgerDatabase;
import dev.tidegate.gateway.metrics.GatewayMetrics;
import dev.tidegate.gateway.publish.EventPublisher;
import java.util.Optional;

/** {@code /health}, {@code /livez}, {@code /readyz}, {@code /metrics} and {@code /openapi.json}. */
public final class HealthRoutes implements Routes {
  public HealthRoutes(
      GatewayConfiguration configuration,
      EventPublisher publisher,
      Optional<LedgerDatabase> database,
      GatewayMetrics metrics) {}

  @Override
  public void addTo(ServerBuilder server) {}
}
