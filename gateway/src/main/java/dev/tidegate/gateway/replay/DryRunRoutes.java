package dev.tidegate.gateway.replay;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.DryRun;
import java.util.Optional;

/** Dry runs: what operators ask for, and those who work on it. */
public final class DryRunRoutes implements Routes, AutoCloseable {
  /** What dry runs use at once. */
  public static final int CONNECTIONS = DryRuns.THREADS;

  private final Api api;
  private final DryRunService service;
  private final Optional<DryRuns> runs;

  /**
   * Answers for dry runs.
   *
   * @param database for requests; without one, all of them are answered 503
   * @param runDatabase a pool for the runs
   * @param engine the handlers; without them, a request for a dry run is answered 501
   */
  public DryRunRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      Optional<LedgerDatabase> runDatabase,
      EventToken tokens,
      Optional<DryRun> engine) {
    api = new Api(authenticator, database, tokens);
    runs = engine.flatMap(one -> runDatabase.map(own -> new DryRuns(one, own, tokens)));
    service = new DryRunService(tokens, runs);
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.addForOperators(server, service);
  }

  /** Ends dry runs. */
  @Override
  public void close() {
    runs.ifPresent(DryRuns::close);
  }
}
