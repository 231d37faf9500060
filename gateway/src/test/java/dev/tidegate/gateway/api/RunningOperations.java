package dev.tidegate.gateway.api;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.console.ConsoleConfiguration;
import dev.tidegate.gateway.console.ConsoleSessions;
import dev.tidegate.gateway.console.SignInRoutes;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.relay.RelayService;
import dev.tidegate.gateway.replay.DryRunRoutes;
import dev.tidegate.gateway.replay.ReplayRoutes;
import dev.tidegate.gateway.replay.RunningReplays;
import dev.tidegate.gateway.sagas.SagaRoutes;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.RecordingPublisher;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.gateway.tasks.TaskRoutes;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** A gateway's API and replays on a test's ledger. */
final class RunningOperations implements AutoCloseable {
  private final LedgerDatabase database;
  private final ReplayRoutes replays;
  private final GatewayServer server;

  private RunningOperations(LedgerDatabase database, ReplayRoutes replays, GatewayServer server) {
    this.database = database;
    this.replays = replays;
    this.server = server;
  }

  static RunningOperations start(TestLedger ledger, RecordingPublisher publisher) {
    return start(ledger, publisher, GatewayParts.NONE);
  }

  static RunningOperations start(
      TestLedger ledger, RecordingPublisher publisher, GatewayParts parts) {
    LedgerDatabase database = ledger.open(4);
    Optional<ConsoleConfiguration> console =
        Optional.of(
            new ConsoleConfiguration(
                List.of(Secret.of("0123456789abcdef0123456789abcdef")),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    InstantSource clock = InstantSource.system();
    ConsoleSessions sessions = new ConsoleSessions(new KnownCallers(), console, clock);
    ReplayRoutes replays = RunningReplays.routes(sessions, database, publisher);
    return new RunningOperations(
        database,
        replays,
        GatewayServer.start(
            "localhost",
            0,
            List.of(
                new ApiRoutes(sessions, Optional.of(database), RunningReplays.TOKENS, parts),
                new TaskRoutes(sessions, Optional.of(database), RunningReplays.TOKENS),
                new SagaRoutes(sessions, Optional.of(database), RunningReplays.TOKENS),
                new RelayService(
                    sessions, Optional.of(database), RunningReplays.TOKENS, Optional.empty()),
                new DryRunRoutes(
                    sessions,
                    Optional.of(database),
                    Optional.empty(),
                    RunningReplays.TOKENS,
                    Optional.empty()),
                new SignInRoutes(
                    sessions,
                    console,
                    Optional.of(database),
                    RunningReplays.TOKENS,
                    new ClientAddress(List.of()),
                    clock),
                replays)));
  }

  int port() {
    return server.port();
  }

  TestClient client() {
    return new TestClient(server.port());
  }

  /** What clients call an event of the source {@code shop}. */
  static String eventId(String tenant, String id) {
    return RunningReplays.TOKENS.of(tenant, "shop", id);
  }

  @Override
  public void close() {
    // Replays first: while the server finishes its requests they would go on.
    replays.close();
    server.close();
    database.close();
  }
}
