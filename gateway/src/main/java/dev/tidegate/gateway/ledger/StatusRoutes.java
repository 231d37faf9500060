package dev.tidegate.gateway.ledger;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.identity.Authenticator;
import java.util.Optional;

/** {@code GET /events} and {@code /events/{id}}: what became of events. */
public final class StatusRoutes implements Routes {
  public StatusRoutes(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {}

  @Override
  public void addTo(ServerBuilder server) {}
}
