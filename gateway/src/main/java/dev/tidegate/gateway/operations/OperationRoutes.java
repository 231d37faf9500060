package dev.tidegate.gateway.operations;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.identity.Authenticator;
import dev.tidegate.gateway.ledger.EventToken;
import dev.tidegate.gateway.ledger.LedgerDatabase;
import dev.tidegate.gateway.publish.EventPublisher;
import java.util.Optional;

/** {@code /admin} and its aliases: failures, replays, issues, statistics. For operators. */
public final class OperationRoutes implements Routes, AutoCloseable {
  public OperationRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      EventPublisher publisher,
      EventToken eventTokens) {}

  @Override
  public void addTo(ServerBuilder server) {}

  /** Stops replays; they go on with the next start. */
  @Override
  public void close() {}
}
