package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.KnownCallers;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestClient;
import dev.tidegate.gateway.store.TestLedger;
import dev.tidegate.testing.TestDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A gateway's replays on a test's ledger; several may run on one. */
public final class RunningReplays implements AutoCloseable {
  public static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));

  /** Quick to find replays, and to try again. */
  static final ReplayTiming TIMING = timing(Duration.ofSeconds(60));

  private final LedgerDatabase database;
  private final LedgerDatabase replayDatabase;
  private final ReplayRoutes replays;
  private final GatewayServer server;

  private RunningReplays(
      LedgerDatabase database,
      LedgerDatabase replayDatabase,
      ReplayRoutes replays,
      GatewayServer server) {
    this.database = database;
    this.replayDatabase = replayDatabase;
    this.replays = replays;
    this.server = server;
  }

  static ReplayTiming timing(Duration lease) {
    return new ReplayTiming(
        Duration.ofMillis(50),
        lease,
        Duration.ofSeconds(10),
        Duration.ofMillis(20),
        Duration.ofMillis(100));
  }

  /** The routes, in quick time. */
  public static ReplayRoutes routes(
      Authenticator authenticator, LedgerDatabase database, EventPublisher publisher) {
    Optional<LedgerDatabase> known = Optional.of(database);
    return new ReplayRoutes(authenticator, known, known, publisher, TOKENS, TIMING);
  }

  static RunningReplays start(TestLedger ledger, EventPublisher publisher) {
    return start(ledger, publisher, TIMING);
  }

  static RunningReplays start(TestLedger ledger, EventPublisher publisher, ReplayTiming timing) {
    return start(ledger.jdbcUrl(), publisher, timing);
  }

  static RunningReplays start(String jdbcUrl, EventPublisher publisher, ReplayTiming timing) {
    DatabaseConfiguration configuration =
        new DatabaseConfiguration(jdbcUrl, TestDatabase.USERNAME, Optional.empty(), 2);
    LedgerDatabase database = LedgerDatabase.open(configuration);
    LedgerDatabase replayDatabase =
        LedgerDatabase.open(configuration, "replays", ReplayRoutes.CONNECTIONS);
    ReplayRoutes replays =
        new ReplayRoutes(
            new KnownCallers(),
            Optional.of(database),
            Optional.of(replayDatabase),
            publisher,
            TOKENS,
            timing);
    return new RunningReplays(
        database, replayDatabase, replays, GatewayServer.start("localhost", 0, List.of(replays)));
  }

  int port() {
    return server.port();
  }

  /** Waits until the turns that are under way have ended. */
  void closeReplays() {
    replays.close();
  }

  ReplayClient client() {
    return new ReplayClient(new TestClient(server.port()));
  }

  @Override
  public void close() {
    // Replays first: while the server finishes its requests they would go on.
    replays.close();
    server.close();
    replayDatabase.close();
    database.close();
  }
}
