package dev.tidegate.gateway.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Patch;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.DeadLetter;
import dev.tidegate.gateway.store.Issue;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.StorableText;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jdbi.v3.core.Handle;

/** {@code /admin/issues}: dead letters by why they failed, for operators. */
final class IssueService {
  private static final int HOURS = 7 * 24;
  private static final int SAMPLES = 5;
  private static final int MOST_OWNER = 200;
  private static final int MOST_NOTE = 2_000;

  /**
   * What operators say of an issue.
   *
   * @param owner who looks after it; an empty text for nobody
   * @param note what others should know; an empty text for nothing
   */
  record IssueChange(
      Optional<Issue.State> state, Optional<JsonNode> owner, Optional<JsonNode> note) {
    IssueChange {
      // Jackson makes a node of what is absent.
      owner = owner.filter(text -> !text.isNull() && !text.isMissingNode());
      note = note.filter(text -> !text.isNull() && !text.isMissingNode());
    }

    Issue.Change read() {
      if (state.isEmpty() && owner.isEmpty() && note.isEmpty()) {
        throw Problem.invalid("", "Say what is to change: state, owner or note.");
      }
      return new Issue.Change(
          state,
          owner.map(text -> text("/owner", text, MOST_OWNER)),
          note.map(text -> text("/note", text, MOST_NOTE)));
    }

    private static String text(String pointer, JsonNode given, int most) {
      String text = given.asText();
      if (!given.isTextual() || text.length() > most || !StorableText.isStorable(text)) {
        throw Problem.invalid(
            pointer, "It must be a text of at most %d characters.".formatted(most));
      }
      return text.strip();
    }
  }

  /** The parameters of the list. */
  record IssueQuery(
      Optional<String> tenant,
      Optional<Issue.State> state,
      Optional<String> fingerprint,
      Optional<String> source,
      Optional<String> stage,
      Optional<String> errorClass,
      Optional<String> owner,
      Optional<Instant> since,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /**
   * An issue as it is after a change.
   *
   * @param letters what becomes of its open dead letters, where the new state may seem to end them
   */
  record ChangedIssue(@JsonUnwrapped Issue issue, Optional<String> letters) {
    static ChangedIssue of(Issue issue, Issue.Change said) {
      String text =
          "This changes no dead letter (open now: %s%,d). Each one stays open until somebody replays"
              + " or discards it.%s";
      return new ChangedIssue(
          issue,
          said.state()
              .flatMap(
                  state ->
                      switch (state) {
                        case IGNORED ->
                            Optional.of(
                                " Later failures make letters too; the issue stays ignored.");
                        case RESOLVED ->
                            Optional.of(" If it fails again, the issue is open again.");
                        case OPEN, ACKNOWLEDGED -> Optional.<String>empty();
                      })
              .map(
                  then ->
                      String.format(
                          Locale.ROOT,
                          text,
                          issue.openLettersExact() ? "" : "more than ",
                          issue.openLetters(),
                          then)));
    }
  }

  /** All that is known of an issue. */
  record IssueDetail(
      @JsonUnwrapped Issue issue,
      List<Issue.Hour> hours,
      List<DeadLetter> samples,
      List<Issue.TypeCount> types) {}

  /** The issues, the last failed first. */
  @Get("/admin/issues")
  public CompletionStage<Page<Issue>> issues(Call call, IssueQuery query) {
    TenantScope scope = call.scope(query);
    Issue.Filter filter =
        new Issue.Filter(
            query.state(),
            query.fingerprint(),
            query.source(),
            query.stage(),
            query.errorClass(),
            query.owner(),
            query.since());
    return call.inTransaction(handle -> Issue.list(handle, scope, filter, query.page()));
  }

  /** One issue. */
  @Get("/admin/issues/{fingerprint}")
  public CompletionStage<IssueDetail> issue(
      Call call, TenantQuery.Only query, @Param("fingerprint") String fingerprint) {
    TenantScope scope = ofOneTenant(call, query);
    return call.inTransaction(
        handle -> {
          Issue issue = find(handle, scope, fingerprint);
          return new IssueDetail(
              issue,
              issue.hours(handle, HOURS),
              DeadLetter.samples(handle, issue, SAMPLES),
              issue.types(handle));
        });
  }

  /** What is made of an issue. */
  @Patch("/admin/issues/{fingerprint}")
  public CompletionStage<ChangedIssue> changeIssue(
      Call call,
      TenantQuery.Only query,
      IssueChange change,
      @Param("fingerprint") String fingerprint) {
    TenantScope scope = ofOneTenant(call, query);
    Issue.Change said = change.read();
    return call.inTransaction(
        handle -> {
          Issue issue = find(handle, scope, fingerprint);
          issue.change(handle, said, call.caller());
          call.audit(handle, AuditAction.SET_ISSUE_STATE, issue.tenant(), fingerprint, said);
          return ChangedIssue.of(find(handle, scope, fingerprint), said);
        });
  }

  private static TenantScope ofOneTenant(Call call, TenantQuery query) {
    TenantScope scope = call.scope(query);
    if (scope.tenant().isEmpty()) {
      throw Problem.invalid("tenant", "Name the tenant: several may have this fingerprint.");
    }
    return scope;
  }

  private static Issue find(Handle handle, TenantScope scope, String fingerprint) {
    return Optional.of(fingerprint)
        .filter(Event::isName)
        .flatMap(name -> Issue.find(handle, scope, name))
        .orElseThrow(
            () ->
                Problem.of(ProblemType.NOT_FOUND, "This tenant has no such issue.").asException());
  }
}
