package dev.tidegate.gateway.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Patch;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.AuditRecord;
import dev.tidegate.gateway.store.DeadLetter;
import dev.tidegate.gateway.store.EventDetail;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.Issue;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.Statistics;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** {@code /admin}: events, issues, figures and the audit, for operators. */
final class OperatorService {
  private static final Duration STANDARD_TIME = Duration.ofDays(1);
  private static final Duration LONGEST_TIME = Duration.ofDays(31);

  /** A body that says nothing, or none. */
  record NoBody() {}

  /** What was discarded. */
  record Discarded(String eventId, int deadLettersDiscarded) {}

  /** Details of an audit record. */
  record DiscardDetails(int deadLetters) {}

  /** What an issue is to become; also the details of its audit record. */
  record IssueChange(@JsonProperty(required = true) Issue.State state) {}

  /** The parameters of the list of issues. */
  record IssueQuery(
      Optional<String> tenant,
      Optional<Issue.State> state,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** The parameters of the audit. */
  record AuditQuery(
      Optional<String> tenant,
      Optional<AuditAction> action,
      Optional<String> actor,
      Optional<Instant> since,
      Optional<Instant> until,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** The parameters of the figures. */
  record TimeQuery(Optional<String> tenant, Optional<Instant> since, Optional<Instant> until)
      implements TenantQuery {}

  private final EventToken tokens;

  OperatorService(EventToken tokens) {
    this.tokens = tokens;
  }

  /** The open dead letters, the last failed first. */
  @Get("/admin/events/failed")
  public CompletionStage<Page<DeadLetter>> failedEvents(Call call, ListQuery.Only query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(handle -> DeadLetter.open(handle, scope, query.page()));
  }

  /** All that is known of an event. */
  @Get("/admin/events/{id}")
  public CompletionStage<EventDetail> event(
      Call call, TenantQuery.Only query, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle ->
            LedgerEvent.find(handle, tokens, call.caller(), scope, id)
                .map(event -> EventDetail.of(handle, event))
                .orElseThrow(
                    () ->
                        problem(
                            ProblemType.NOT_FOUND,
                            "The event is not in the ledger: not yet, or not any more.")));
  }

  /** An event's open dead letters will not be replayed. */
  @Post("/admin/events/{id}/discard")
  public CompletionStage<Discarded> discard(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          Optional<LedgerEvent> event = LedgerEvent.find(handle, tokens, call.caller(), scope, id);
          int letters = event.map(known -> DeadLetter.discard(handle, known)).orElse(0);
          if (letters == 0) {
            throw problem(ProblemType.CONFLICT, "The event has no open dead letter.");
          }
          call.audit(
              handle,
              AuditAction.DISCARD_EVENT,
              event.orElseThrow().tenant(),
              id,
              new DiscardDetails(letters));
          return new Discarded(id, letters);
        });
  }

  /** Dead letters by why they failed, the last failed first. */
  @Get("/admin/issues")
  public CompletionStage<Page<Issue>> issues(Call call, IssueQuery query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(handle -> Issue.list(handle, scope, query.state(), query.page()));
  }

  /** What is made of an issue. */
  @Patch("/admin/issues/{fingerprint}")
  public CompletionStage<Issue> changeIssue(
      Call call,
      TenantQuery.Only query,
      IssueChange change,
      @Param("fingerprint") String fingerprint) {
    TenantScope scope = call.scope(query);
    if (scope.tenant().isEmpty()) {
      throw Problem.invalid("tenant", "Name the tenant: several may have this fingerprint.");
    }
    return call.inTransaction(
        handle -> {
          Issue issue =
              Optional.of(fingerprint)
                  .filter(Event::isName)
                  .flatMap(name -> Issue.find(handle, scope, name))
                  .orElseThrow(
                      () -> problem(ProblemType.NOT_FOUND, "This tenant has no such issue."));
          issue.set(handle, change.state(), call.caller());
          call.audit(handle, AuditAction.SET_ISSUE_STATE, issue.tenant(), fingerprint, change);
          return Issue.find(handle, scope, fingerprint).orElseThrow();
        });
  }

  /** How many events of which kind, and how long they took. */
  @Get("/admin/metrics")
  public CompletionStage<Statistics> statistics(Call call, TimeQuery query) {
    TenantScope scope = call.scope(query);
    Instant until = query.until().orElseGet(Instant::now);
    Instant since = query.since().orElseGet(() -> until.minus(STANDARD_TIME));
    if (!since.isBefore(until) || Duration.between(since, until).compareTo(LONGEST_TIME) > 0) {
      throw Problem.invalid(
          "since", "It must be before until, by at most %d days.".formatted(LONGEST_TIME.toDays()));
    }
    return call.inTransaction(handle -> Statistics.of(handle, scope, since, until));
  }

  /** Who did what, the last first. */
  @Get("/admin/audit")
  public CompletionStage<Page<AuditRecord>> audit(Call call, AuditQuery query) {
    TenantScope scope = call.scope(query);
    AuditRecord.Filter filter =
        new AuditRecord.Filter(query.action(), query.actor(), query.since(), query.until());
    return call.inTransaction(handle -> AuditRecord.list(handle, scope, filter, query.page()));
  }

  private static RuntimeException problem(ProblemType type, String detail) {
    return Problem.of(type, detail).asException();
  }
}
