package dev.tidegate.gateway.replay;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.util.Optional;

/** Replays: what operators ask for, and the scheduler that does it. */
public final class ReplayRoutes implements Routes, AutoCloseable {
  /** What the scheduler uses at once. */
  public static final int CONNECTIONS = ReplayScheduler.THREADS;

  private final Api api;
  private final ReplayService service;
  private final Optional<ReplayScheduler> scheduler;

  /**
   * Goes on with the replays that have not ended, too.
   *
   * @param database for requests; without one, all of them are answered 503
   * @param replayDatabase a pool for replays alone: they then take no connection from requests
   */
  public ReplayRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      Optional<LedgerDatabase> replayDatabase,
      EventPublisher publisher,
      EventToken tokens) {
    this(authenticator, database, replayDatabase, publisher, tokens, ReplayTiming.STANDARD);
  }

  ReplayRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      Optional<LedgerDatabase> replayDatabase,
      EventPublisher publisher,
      EventToken tokens,
      ReplayTiming timing) {
    ReplayPublisher replays = new ReplayPublisher(publisher, timing.publish());
    api = new Api(authenticator, database, tokens);
    scheduler = replayDatabase.map(own -> new ReplayScheduler(own, replays, tokens, timing));
    service = new ReplayService(tokens, replays, () -> scheduler.ifPresent(ReplayScheduler::wake));
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.addForOperators(server, service);
  }

  /** Stops replays; they go on with the next start. */
  @Override
  public void close() {
    scheduler.ifPresent(ReplayScheduler::close);
  }
}
