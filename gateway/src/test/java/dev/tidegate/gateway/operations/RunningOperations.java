package dev.tidegate.gateway.operations;

import dev.tidegate.gateway.api.ApiRoutes;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestLedger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A gateway's status and operations on a test's ledger; several may run on one. */
public final class RunningOperations implements AutoCloseable {
  public static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));

  /** Quick to find replays, and to try again. */
  private static final ReplayTiming TIMING =
      new ReplayTiming(
          Duration.ofMillis(50),
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          Duration.ofMillis(20),
          Duration.ofMillis(100));

  private final LedgerDatabase database;
  private final OperationRoutes operations;
  private final GatewayServer server;

  private RunningOperations(
      LedgerDatabase database, OperationRoutes operations, GatewayServer server) {
    this.database = database;
    this.operations = operations;
    this.server = server;
  }

  public static RunningOperations start(TestLedger ledger, RecordingPublisher publisher) {
    LedgerDatabase database = ledger.open(4);
    Optional<LedgerDatabase> known = Optional.of(database);
    KnownCallers callers = new KnownCallers();
    OperationRoutes operations =
        new OperationRoutes(callers, known, known, publisher, TOKENS, TIMING);
    return new RunningOperations(
        database,
        operations,
        GatewayServer.start(
            "localhost", 0, List.of(new ApiRoutes(callers, known, TOKENS), operations)));
  }

  public TestClient client() {
    return new TestClient(server.port());
  }

  /** What clients call an event of the source {@code shop}. */
  public static String eventId(String tenant, String id) {
    return TOKENS.of(tenant, "shop", id);
  }

  @Override
  public void close() {
    // Replays first: while the server finishes its requests they would go on.
    operations.close();
    server.close();
    database.close();
  }
}
