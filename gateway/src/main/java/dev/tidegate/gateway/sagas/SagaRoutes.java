package dev.tidegate.gateway.sagas;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.util.Optional;

/** {@code /sagas}: what sagas wait for, for operators. */
public final class SagaRoutes implements Routes {
  private final Api api;

  /**
   * @param database without one, all of them are answered 503
   */
  public SagaRoutes(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {
    this.api = new Api(authenticator, database, eventTokens);
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.addForOperators(server, new SagaService());
  }
}
