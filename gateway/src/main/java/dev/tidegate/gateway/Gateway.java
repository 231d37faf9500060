package dev.tidegate.gateway;

import com.linecorp.armeria.server.Route;
import dev.tidegate.gateway.configuration.GatewayConfiguration;
import dev.tidegate.gateway.events.EventRoutes;
import dev.tidegate.gateway.health.HealthRoutes;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.identity.Authenticator;
import dev.tidegate.gateway.identity.Authenticators;
import dev.tidegate.gateway.ledger.EventToken;
import dev.tidegate.gateway.ledger.LedgerDatabase;
import dev.tidegate.gateway.ledger.StatusRoutes;
import dev.tidegate.gateway.metrics.GatewayMetrics;
import dev.tidegate.gateway.metrics.RequestMetrics;
import dev.tidegate.gateway.operations.OperationRoutes;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.publish.Publishers;
import dev.tidegate.gateway.webhooks.WebhookRoutes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The front door: takes webhooks and events in, and answers what became of them. It serves from the
 * start, while what is behind it connects.
 */
public final class Gateway implements AutoCloseable {
  private final GatewayServer server;
  private final OperationRoutes operations;
  private final HealthRoutes health;
  private final EventPublisher publisher;
  private final Optional<LedgerDatabase> database;

  private Gateway(
      GatewayServer server,
      OperationRoutes operations,
      HealthRoutes health,
      EventPublisher publisher,
      Optional<LedgerDatabase> database) {
    this.server = server;
    this.operations = operations;
    this.health = health;
    this.publisher = publisher;
    this.database = database;
  }

  /**
   * Starts a gateway.
   *
   * @param more routes beside its own
   * @throws IllegalStateException where the port is taken
   */
  public static Gateway start(
      GatewayConfiguration configuration, GatewayMetrics metrics, List<Routes> more) {
    EventToken eventTokens = new EventToken(configuration.eventIdKey());
    Authenticator authenticator = Authenticators.of(configuration.authentication());
    Optional<LedgerDatabase> database = configuration.database().map(LedgerDatabase::open);
    EventPublisher publisher =
        Publishers.open(configuration.pubsub(), configuration.spool(), metrics);
    OperationRoutes operations =
        new OperationRoutes(authenticator, database, publisher, eventTokens);
    List<Routes> routes = new ArrayList<>(more);
    routes.add(
        new WebhookRoutes(
            configuration.webhooks(),
            publisher,
            eventTokens,
            new ClientAddress(configuration.trustedProxies()),
            metrics));
    routes.add(
        new EventRoutes(authenticator, publisher, eventTokens, configuration.limits(), metrics));
    routes.add(new StatusRoutes(authenticator, database, eventTokens));
    routes.add(operations);
    HealthRoutes health = new HealthRoutes(configuration, database, metrics);
    routes.add(health);
    GatewayServer server =
        GatewayServer.start(
            configuration.host(), configuration.port(), routes, new RequestMetrics(metrics));
    return new Gateway(server, operations, health, publisher, database);
  }

  /** The port it listens on. */
  public int port() {
    return server.port();
  }

  /** What it answers to. */
  public List<Route> routes() {
    return server.routes();
  }

  /** Finishes requests, then publishes what is under way, then lets go of the database. */
  @Override
  public void close() {
    server.close();
    operations.close();
    health.close();
    publisher.close();
    database.ifPresent(LedgerDatabase::close);
  }
}
