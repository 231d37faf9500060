package dev.tidegate.gateway.operations;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.util.Optional;

/** {@code /admin} and its aliases: failures, replays, issues, statistics. For operators. */
public final class OperationRoutes implements Routes, AutoCloseable {
  private static final Optional<String> ID = Optional.of("id");

  private final Operators operators;
  private final EventToken eventTokens;
  private final Optional<ReplayRunner> runner;
  private final ReplayServices replays;
  private final EventReplayServices eventReplays;
  private final IssueServices issues = new IssueServices();

  /**
   * Goes on with the replays that the database knows, too.
   *
   * @param database without one, all of it is answered 503
   */
  public OperationRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      EventPublisher publisher,
      EventToken eventTokens) {
    this(authenticator, database, publisher, eventTokens, ReplayTiming.STANDARD);
  }

  OperationRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      EventPublisher publisher,
      EventToken eventTokens,
      ReplayTiming timing) {
    ReplayPublisher replayPublisher = new ReplayPublisher(publisher, timing.publish());
    this.operators = new Operators(authenticator, database);
    this.eventTokens = eventTokens;
    this.runner = database.map(ledger -> new ReplayRunner(ledger, replayPublisher, timing));
    this.replays = new ReplayServices(() -> runner.ifPresent(ReplayRunner::wake));
    this.eventReplays = new EventReplayServices(eventTokens, replayPublisher);
  }

  @Override
  public void addTo(ServerBuilder server) {
    addEvents(server);
    addReplays(server);
    server.route().get("/admin/issues").build(operators.mayRead(issues::list));
    server
        .route()
        .patch("/admin/issues/{fingerprint}")
        .build(
            operators.mayAct(
                AuditAction.SET_ISSUE_STATE, Optional.of("fingerprint"), issues::setState));
    server.route().get("/admin/metrics").build(operators.mayRead(new StatisticsService()));
    server.route().get("/admin/audit").build(operators.mayRead(new AuditListService()));
  }

  private void addEvents(ServerBuilder server) {
    server
        .route()
        .get("/admin/events/failed")
        .build(operators.mayRead(new FailedEventsService(eventTokens)));
    server
        .route()
        .get("/admin/events/{id}")
        .build(operators.mayRead(new EventDetailService(eventTokens)));
    server
        .route()
        .post("/admin/events/{id}/replay")
        .build(operators.mayAct(AuditAction.REPLAY_EVENT, ID, eventReplays::replay));
    server
        .route()
        .post("/admin/events/{id}/discard")
        .build(
            operators.mayAct(AuditAction.DISCARD_EVENT, ID, new EventDiscardService(eventTokens)));
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
