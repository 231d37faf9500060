package dev.tidegate.gateway.tasks;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.util.Optional;

/** {@code /tasks}: work for people and agents. */
public final class TaskRoutes implements Routes {
  private final Api api;

  /**
   * @param database without one, all of them are answered 503
   */
  public TaskRoutes(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {
    this.api = new Api(authenticator, database, eventTokens);
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.addForWorkers(server, new TaskService());
    api.addForOperators(server, new TaskOperatorService());
  }
}
