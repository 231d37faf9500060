package dev.tidegate.gateway.store;

import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.schemas.StorableText;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Dead letters by why they failed, and what operators make of that. The pipeline counts the
 * failures, and opens an issue again that fails after it was resolved.
 *
 * @param failures all so far: a letter that fails again counts again
 * @param openLetters letters that wait for somebody, up to {@value #MOST_COUNTED}
 * @param openLettersExact whether those are all
 * @param firstRelease the release of Tidegate that the first failure came with
 * @param reopened how often it came back after it was resolved
 * @param changedBy who changed the state last
 * @param trend failures of the last 24 hours, by the hour; the last is the present one
 */
public record Issue(
    String fingerprint,
    String tenant,
    State state,
    String source,
    String stage,
    String errorClass,
    String errorMessage,
    Optional<String> eventType,
    long failures,
    long openLetters,
    boolean openLettersExact,
    Instant firstFailedAt,
    Instant lastFailedAt,
    String firstRelease,
    String lastRelease,
    int reopened,
    Optional<Instant> reopenedAt,
    Optional<String> reopenedIn,
    Optional<String> owner,
    Optional<String> note,
    Optional<String> changedBy,
    Optional<Instant> changedAt,
    List<Long> trend) {
  /** The state of dead letters that share a fingerprint, as operators set it. */
  public enum State {
    OPEN,
    ACKNOWLEDGED,
    RESOLVED,
    IGNORED
  }

  /**
   * Which issues a list has.
   *
   * @param since issues that failed since then
   */
  public record Filter(
      Optional<State> state,
      Optional<String> fingerprint,
      Optional<String> source,
      Optional<String> stage,
      Optional<String> errorClass,
      Optional<String> owner,
      Optional<Instant> since) {}

  /** What operators say of an issue. An empty text takes away what was said. */
  public record Change(Optional<State> state, Optional<String> owner, Optional<String> note) {}

  /** How often it failed in the hour that begins then. */
  public record Hour(Instant hour, long failures) {}

  /** How many of its newest letters are of a type. */
  public record TypeCount(Optional<String> eventType, long letters) {}

  private static final int MOST_COUNTED = 10_000;
  private static final int HOURS_OF_TREND = 24;

  /** The letters are counted only for the issues of a page. */
  private static final String SELECT =
      """
      SELECT issues.*, tenant_id AS tenant, least(letters, %1$d) AS open_letters,
        letters <= %1$d AS open_letters_exact,
        ARRAY(SELECT coalesce(h.failures, 0) FROM %%2$s
          LEFT JOIN issue_hours h ON h.tenant_id = issues.tenant_id
            AND h.fingerprint = issues.fingerprint AND h.hour = hours.hour
          ORDER BY hours.hour) AS trend
      FROM (SELECT * FROM issues WHERE %%1$s) issues
      CROSS JOIN LATERAL (
        SELECT count(*) AS letters FROM (
          SELECT FROM event_dead_letters l
          WHERE l.tenant_id = issues.tenant_id AND l.fingerprint = issues.fingerprint
            AND l.status = 'OPEN'
          LIMIT %1$d + 1) counted) letters
      """
          .formatted(MOST_COUNTED);

  /** The number of hours, up to the present one. */
  private static final String HOURS =
      """
      generate_series(
        date_trunc('hour', now(), 'UTC') - interval '%d hours', date_trunc('hour', now(), 'UTC'),
        interval '1 hour') AS hours (hour)\
      """;

  private static final String TYPES =
      """
      SELECT event_type, count(*) AS letters FROM (
        SELECT event_type FROM event_dead_letters WHERE %s ORDER BY failed_at DESC LIMIT %d) newest
      GROUP BY event_type ORDER BY letters DESC, event_type LIMIT 100
      """;

  private static final Keyset<Issue> ORDER =
      new Keyset<>(
          "issues",
          issue -> List.of(issue.lastFailedAt, issue.tenant, issue.fingerprint),
          "last_failed_at timestamptz",
          "tenant_id text",
          "fingerprint text");

  /** A page of the issues of {@code scope}, the last failed first. */
  public static Page<Issue> list(
      Handle handle, TenantScope scope, Filter filter, PageRequest page) {
    SqlConditions where =
        scope
            .where()
            .add("state = ?", filter.state())
            .add("fingerprint = ?", filter.fingerprint())
            .add("source = ?", filter.source())
            .add("stage = ?", filter.stage())
            .add("error_class = ?", filter.errorClass())
            .add("owner = ?", filter.owner())
            .add("last_failed_at >= ?", filter.since());
    ORDER.after(where, page);
    String order = ORDER.order(page);
    return ORDER.page(read(handle, where, where.text() + " " + order, " " + order), page);
  }

  /** The issue; empty where the tenant has none of that fingerprint. */
  public static Optional<Issue> find(Handle handle, TenantScope scope, String fingerprint) {
    SqlConditions where = scope.where().add("fingerprint = ?", fingerprint);
    return read(handle, where, where.text(), "").stream().findFirst();
  }

  private static List<Issue> read(Handle handle, SqlConditions where, String rows, String order) {
    String sql = SELECT.formatted(rows, HOURS.formatted(HOURS_OF_TREND - 1)) + order;
    return where.bindTo(handle.createQuery(sql)).mapTo(Issue.class).list();
  }

  /** How often it failed in each of the last {@code count} hours. */
  public List<Hour> hours(Handle handle, int count) {
    return handle
        .createQuery(
            """
            SELECT hours.hour, coalesce(h.failures, 0) AS failures FROM %s
            LEFT JOIN issue_hours h
              ON h.tenant_id = ? AND h.fingerprint = ? AND h.hour = hours.hour
            ORDER BY hours.hour
            """
                .formatted(HOURS.formatted(count - 1)))
        .bind(0, tenant)
        .bind(1, fingerprint)
        .mapTo(Hour.class)
        .list();
  }

  /** Of which types its newest letters are, the most frequent first. */
  public List<TypeCount> types(Handle handle) {
    SqlConditions where = where();
    return where
        .bindTo(handle.createQuery(TYPES.formatted(where.text(), MOST_COUNTED)))
        .mapTo(TypeCount.class)
        .list();
  }

  private SqlConditions where() {
    return new TenantScope(Optional.of(tenant)).where().add("fingerprint = ?", fingerprint);
  }

  /** Writes down what {@code caller} says of the issue. */
  public void change(Handle handle, Change change, Caller caller) {
    handle
        .createUpdate(
            """
            UPDATE issues SET
              owner = CASE WHEN :ownerIsSaid THEN nullif(:owner, '') ELSE owner END,
              note = CASE WHEN :noteIsSaid THEN nullif(:note, '') ELSE note END,
              state = coalesce(:state, state),
              changed_by = CASE WHEN :state::text IS NULL THEN changed_by ELSE :by END,
              changed_at = CASE WHEN :state::text IS NULL THEN changed_at ELSE clock_timestamp() END
            WHERE tenant_id = :tenant AND fingerprint = :fingerprint
            """)
        .bind("ownerIsSaid", change.owner().isPresent())
        .bind("owner", change.owner().orElse(""))
        .bind("noteIsSaid", change.note().isPresent())
        .bind("note", change.note().orElse(""))
        .bind("state", change.state().map(Enum::name).orElse(null))
        .bind("by", caller.subject().map(StorableText::of).orElse(null))
        .bind("tenant", tenant)
        .bind("fingerprint", fingerprint)
        .execute();
  }
}
