package dev.tidegate.gateway.api;

import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerListener;
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
  private final OverviewService overview;
  private final EventStreams streams;

  /**
   * @param database without one, all but {@code /whoami} are answered 503
   */
  public ApiRoutes(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {
    this(authenticator, database, eventTokens, GatewayParts.NONE);
  }

  /**
   * The same, which tells operators more.
   *
   * @param parts what it tells them of that is not in the ledger
   */
  public ApiRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      EventToken eventTokens,
      GatewayParts parts) {
    api = new Api(authenticator, database, eventTokens);
    events = new EventService(eventTokens, database.map(LedgerWatch::new));
    streams = new EventStreams(database, api.answers());
    operators = new OperatorService(eventTokens, parts.preview(), streams);
    overview = new OverviewService(parts);
  }

  @Override
  public void addTo(ServerBuilder server) {
    // A server that stops waits for what it answers: streams have no end of their own.
    server.serverListener(
        ServerListener.builder().whenStopping(stopping -> streams.close()).build());
    api.add(server, new WhoamiService());
    api.add(server, events);
    api.addForOperators(server, operators);
    api.addForOperators(server, new IssueService());
    api.addForOperators(server, overview);
  }
}
