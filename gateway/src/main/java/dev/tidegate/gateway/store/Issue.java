package dev.tidegate.gateway.store;

import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.schemas.StorableText;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Dead letters by why they failed, and what operators make of that. */
public record Issue(
    String fingerprint,
    String tenant,
    State state,
    String source,
    String stage,
    String errorClass,
    String errorMessage,
    long letters,
    long openLetters,
    Instant firstFailedAt,
    Instant lastFailedAt,
    Optional<String> changedBy,
    Optional<Instant> changedAt) {
  /** What operators make of dead letters that share a fingerprint. */
  public enum State {
    OPEN,
    ACKNOWLEDGED,
    RESOLVED,
    IGNORED
  }

  /** An issue that was resolved is open again as soon as it has failed anew. */
  private static final String ISSUES =
      """
      (SELECT letters.*, s.changed_by, s.changed_at,
        CASE
          WHEN s.state IS NULL THEN 'OPEN'
          WHEN s.state = 'RESOLVED' AND letters.last_failed_at > s.failed_until THEN 'OPEN'
          ELSE s.state
        END AS state
      FROM (
        SELECT tenant_id, tenant_id AS tenant, fingerprint,
          min(failed_at) AS first_failed_at, max(failed_at) AS last_failed_at,
          count(*) AS letters, count(*) FILTER (WHERE status = 'OPEN') AS open_letters,
          min(source) AS source, min(stage) AS stage, min(error_class) AS error_class,
          (array_agg(error_message ORDER BY failed_at DESC))[1] AS error_message
        FROM event_dead_letters
        GROUP BY tenant_id, fingerprint) letters
      LEFT JOIN issue_states s USING (tenant_id, fingerprint)) issues
      """;

  private static final Keyset<Issue> ORDER =
      new Keyset<>(
          "issues",
          issue -> List.of(issue.lastFailedAt, issue.tenant, issue.fingerprint),
          "last_failed_at timestamptz",
          "tenant text",
          "fingerprint text");

  /** A page of the issues of {@code scope}, the last failed first. */
  public static Page<Issue> list(
      Handle handle, TenantScope scope, Optional<State> state, PageRequest page) {
    SqlConditions where = scope.where().add("state = ?", state);
    return ORDER.read(handle, "SELECT * FROM " + ISSUES, where, page, Issue.class);
  }

  /** The issue; empty where the tenant has none of that fingerprint. */
  public static Optional<Issue> find(Handle handle, TenantScope scope, String fingerprint) {
    SqlConditions where = scope.where().add("fingerprint = ?", fingerprint);
    return where
        .bindTo(handle.createQuery("SELECT * FROM %s WHERE %s".formatted(ISSUES, where.text())))
        .mapTo(Issue.class)
        .findOne();
  }

  /** Writes down what {@code caller} makes of the issue. */
  public void set(Handle handle, State wanted, Caller caller) {
    handle
        .createUpdate(
            """
            INSERT INTO issue_states (tenant_id, fingerprint, state, failed_until, changed_by)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET
              state = EXCLUDED.state, failed_until = EXCLUDED.failed_until,
              changed_by = EXCLUDED.changed_by, changed_at = now()
            """)
        .bind(0, tenant)
        .bind(1, fingerprint)
        .bind(2, wanted)
        .bind(3, lastFailedAt)
        .bind(4, caller.subject().map(StorableText::of))
        .execute();
  }
}
