package dev.tidegate.gateway.operations;

import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.replay.ReplayRoutes;
import dev.tidegate.gateway.replay.RunningReplays;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.StatusRoutes;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestLedger;
import java.util.List;
import java.util.Optional;

/** A gateway's status and operations on a test's ledger; several may run on one. */
final class RunningOperations implements AutoCloseable {
  static final EventToken TOKENS = RunningReplays.TOKENS;

  private final LedgerDatabase database;
  private final ReplayRoutes replays;
  private final GatewayServer server;

  private RunningOperations(LedgerDatabase database, ReplayRoutes replays, GatewayServer server) {
    this.database = database;
    this.replays = replays;
    this.server = server;
  }

  static RunningOperations start(TestLedger ledger, RecordingPublisher publisher) {
    LedgerDatabase database = ledger.open(4);
    Optional<LedgerDatabase> known = Optional.of(database);
    KnownCallers callers = new KnownCallers();
    ReplayRoutes replays = RunningReplays.routes(database, publisher);
    return new RunningOperations(
        database,
        replays,
        GatewayServer.start(
            "localhost",
            0,
            List.of(
                new StatusRoutes(callers, known, TOKENS),
                new OperationRoutes(callers, known, TOKENS),
                replays)));
  }

  TestClient client() {
    return new TestClient(server.port());
  }

  /** What clients call an event of the source {@code shop}. */
  static String eventId(String tenant, String id) {
    return TOKENS.of(tenant, "shop", id);
  }

  @Override
  public void close() {
    // Replays first: while the server finishes its requests they would go on.
    replays.close();
    server.close();
    database.close();
  }
}
