package dev.tidegate.gateway.operations;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.util.Optional;

/** Replays, for operators. */
public final class OperationRoutes implements Routes, AutoCloseable {
  private static final Optional<String> ID = Optional.of("id");

  private final Operators operators;
  private final Optional<ReplayRunner> runner;
  private final ReplayServices replays;
  private final EventReplayServices eventReplays;

  /**
   * Goes on with the replays that the database knows, too.
   *
   * @param database without one, all of it is answered 503
   * @param replayDatabase a pool of its own for what runs by itself
   */
  public OperationRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      Optional<LedgerDatabase> replayDatabase,
      EventPublisher publisher,
      EventToken eventTokens) {
    this(authenticator, database, replayDatabase, publisher, eventTokens, ReplayTiming.STANDARD);
  }

  OperationRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      Optional<LedgerDatabase> replayDatabase,
      EventPublisher publisher,
      EventToken eventTokens,
      ReplayTiming timing) {
    ReplayPublisher replayPublisher = new ReplayPublisher(publisher, timing.publish());
    this.operators = new Operators(authenticator, database);
    this.runner = replayDatabase.map(ledger -> new ReplayRunner(ledger, replayPublisher, timing));
    this.replays = new ReplayServices(() -> runner.ifPresent(ReplayRunner::wake));
    this.eventReplays = new EventReplayServices(eventTokens, replayPublisher);
  }

  @Override
  public void addTo(ServerBuilder server) {
    addReplays(server);
    server
        .route()
        .post("/admin/events/{id}/replay")
        .build(operators.mayAct(AuditAction.REPLAY_EVENT, ID, eventReplays::replay));
    server
        .route()
        .post("/process-event")
        .build(
            operators.mayAct(
                AuditAction.REPLAY_EVENT, Optional.empty(), eventReplays::processEvent));
    server
        .route()
        .post("/process-batch")
        .build(
            operators.mayAct(
                AuditAction.REPLAY_EVENT, Optional.empty(), eventReplays::processBatch));
  }

  private void addReplays(ServerBuilder server) {
    server
        .route()
        .post("/admin/replays")
        .build(operators.mayAct(AuditAction.START_REPLAY, Optional.empty(), replays::create));
    server.route().get("/admin/replays").build(operators.mayRead(replays::list));
    server.route().get("/admin/replays/{id}").build(operators.mayRead(replays::show));
    server
        .route()
        .post("/admin/replays/{id}/pause")
        .build(operators.mayAct(AuditAction.PAUSE_REPLAY, ID, replays::pause));
    server
        .route()
        .post("/admin/replays/{id}/resume")
        .build(operators.mayAct(AuditAction.RESUME_REPLAY, ID, replays::resume));
    server
        .route()
        .post("/admin/replays/{id}/cancel")
        .build(operators.mayAct(AuditAction.CANCEL_REPLAY, ID, replays::cancel));
  }

  /** Stops replays; they go on with the next start. */
  @Override
  public void close() {
    runner.ifPresent(ReplayRunner::close);
  }
}
