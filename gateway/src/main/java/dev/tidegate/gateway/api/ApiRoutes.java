package dev.tidegate.gateway.api;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.LedgerWatch;
import java.util.Optional;

/**
 * {@code GET /whoami}, {@code /events} and {@code /events/{id}}, and what {@code /admin} answers
 * from the ledger.
 */
public final class ApiRoutes implements Routes {
  private final Api api;
  private final EventService events;
  private final OperatorService operators;

  /**
   * @param database without one, all but {@code /whoami} are answered 503
   */
  public ApiRoutes(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {
    api = new Api(authenticator, database, eventTokens);
    events = new EventService(eventTokens, database.map(LedgerWatch::new));
    operators = new OperatorService(eventTokens);
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.add(server, new WhoamiService());
    api.add(server, events);
    api.addForOperators(server, operators);
    api.addForOperators(server, new IssueService());
  }
}
