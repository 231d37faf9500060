package dev.tidegate.gateway.store;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import java.util.Optional;

/** {@code GET /events} and {@code /events/{id}}: what became of events. */
public final class StatusRoutes implements Routes {
  private final AuthenticatedService list;
  private final AuthenticatedService status;

  /**
   * @param database without one, both are answered 503
   */
  public StatusRoutes(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {
    list = new AuthenticatedService(authenticator, database, new EventListService(eventTokens));
    status = new AuthenticatedService(authenticator, database, new EventStatusService(eventTokens));
  }

  @Override
  public void addTo(ServerBuilder server) {
    server.route().get("/events").build(list);
    server.route().get("/events/{id}").build(status);
  }
}
