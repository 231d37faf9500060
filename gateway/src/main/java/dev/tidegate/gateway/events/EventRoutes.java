package dev.tidegate.gateway.events;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.RateLimit;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.util.Optional;

/** {@code POST /events} and {@code /events/batch}: application events of authenticated callers. */
public final class EventRoutes implements Routes {
  private final EventLimits limits;
  private final EventService events;
  private final EventService batches;

  /**
   * @param database the ledger's, which is asked for keys that were used before; without one, only
   *     recent keys are known
   */
  public EventRoutes(
      Authenticator authenticator,
      EventPublisher publisher,
      EventToken eventTokens,
      EventLimits limits,
      GatewayMetrics metrics,
      Optional<LedgerDatabase> database) {
    RateLimit rates = new RateLimit("events", limits.eventsPerSecond(), limits.burst());
    EventCounts counts = new EventCounts(metrics);
    IdempotencyKeys keys = new IdempotencyKeys(database);
    this.limits = limits;
    this.events =
        new EventService(false, authenticator, publisher, eventTokens, limits, rates, counts, keys);
    this.batches =
        new EventService(true, authenticator, publisher, eventTokens, limits, rates, counts, keys);
  }

  @Override
  public void addTo(ServerBuilder server) {
    // A CloudEvents batch may come there too; the service bounds single events.
    server.route().post("/events").maxRequestLength(limits.maxBatchBytes()).build(events);
    server.route().post("/events/batch").maxRequestLength(limits.maxBatchBytes()).build(batches);
  }
}
