package dev.tidegate.gateway.operations;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.util.Optional;

/** {@code /admin} and its aliases: failures, issues, statistics. For operators. */
public final class OperationRoutes implements Routes {
  private static final Optional<String> ID = Optional.of("id");

  private final Operators operators;
  private final EventToken eventTokens;
  private final IssueServices issues = new IssueServices();

  /**
   * @param database without one, all of it is answered 503
   */
  public OperationRoutes(
      Authenticator authenticator, Optional<LedgerDatabase> database, EventToken eventTokens) {
    this.operators = new Operators(authenticator, database);
    this.eventTokens = eventTokens;
  }

  @Override
  public void addTo(ServerBuilder server) {
    addEvents(server);
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
        .post("/admin/events/{id}/discard")
        .build(
            operators.mayAct(AuditAction.DISCARD_EVENT, ID, new EventDiscardService(eventTokens)));
  }
}
