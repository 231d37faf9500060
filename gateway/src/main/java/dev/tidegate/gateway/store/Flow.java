package dev.tidegate.gateway.store;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * What flows through Tidegate, as its ledger and tables tell it.
 *
 * @param lastMinute events of the last 60 seconds
 * @param lastDay events of the last 24 hours
 * @param latencyMillis of the events of the last 15 minutes
 * @param outbox events that are to be published, up to {@value #MOST_COUNTED}
 * @param oldestOutboxSeconds for how long the oldest of them has waited
 */
public record Flow(
    Counts lastMinute,
    Counts lastDay,
    Latencies latencyMillis,
    long outbox,
    Optional<Double> oldestOutboxSeconds,
    List<Concern> concerns) {
  private static final int MOST_COUNTED = 100_000;

  /** How many events came to which end. */
  public record Counts(double processed, double unhandled, double duplicates, double deadLetters) {
    /** All of them. */
    public double received() {
      return processed + unhandled + duplicates + deadLetters;
    }
  }

  /** What needs a person. */
  public enum Kind {
    ISSUES("/console/issues?state=OPEN"),
    REFUSED_ROWS("/console/relay"),
    FAILED_SAGAS("/console/sagas?status=FAILED"),
    OVERDUE_TASKS("/console/tasks"),
    REFUSED_EVENTS("/console/relay"),
    HEALTH("/console/health");

    private final String page;

    Kind(String page) {
      this.page = page;
    }

    /** The page of the console that shows it. */
    public String page() {
      return page;
    }
  }

  /**
   * Things that wait for a person.
   *
   * @param oldest since when the first of them does
   * @param page of the console
   */
  public record Concern(Kind kind, long count, Optional<Instant> oldest, String page) {
    public Concern(Kind kind, long count, Optional<Instant> oldest) {
      this(kind, count, oldest, kind.page());
    }
  }

  /** Figures of a minute, or of all. */
  public record Row(
      Optional<Instant> at,
      double processed,
      double unhandled,
      double duplicates,
      double deadLetters) {}

  /** The buckets of a time. */
  public record Buckets(List<Long> buckets) {}

  /** How many there are. */
  public record Waiting(long count, Optional<Instant> oldest) {}

  private static final String COUNTS =
      """
      SELECT %s AS at,
        coalesce(sum(events) FILTER (WHERE status = 'PROCESSED'), 0) AS processed,
        coalesce(sum(events) FILTER (WHERE status = 'UNHANDLED'), 0) AS unhandled,
        coalesce(sum(events) FILTER (WHERE status = 'DUPLICATE'), 0) AS duplicates,
        coalesce(sum(events) FILTER (WHERE status = 'DEAD_LETTER'), 0) AS dead_letters
      FROM %%s%s
      """;

  private static final String WAITING =
      """
      SELECT count(*) AS count, min(since) AS oldest FROM (
        SELECT %s AS since FROM %s WHERE %%s LIMIT %d) waiting
      """;

  private static final String OUTBOX =
      WAITING
          .formatted("created_at", "outbox", MOST_COUNTED)
          .replace(" LIMIT", " ORDER BY outbox_id LIMIT");

  private static final String REFUSED = WAITING.formatted("refused_at", "outbox", MOST_COUNTED);

  private static final String ISSUES = WAITING.formatted("last_failed_at", "issues", MOST_COUNTED);

  private static final String SAGAS =
      WAITING.formatted("updated_at", "saga_instances", MOST_COUNTED);

  private static final String TASKS = WAITING.formatted("due_at", "tasks", MOST_COUNTED);

  /** What flows through the tables of {@code scope}. */
  public static Flow of(Handle handle, TenantScope scope, Instant now) {
    Waiting outbox = waiting(handle, OUTBOX, scope.where().add("refused_at IS NULL"));
    List<Concern> concerns = new ArrayList<>();
    add(concerns, Kind.ISSUES, waiting(handle, ISSUES, scope.where().add("state = 'OPEN'")));
    add(
        concerns,
        Kind.REFUSED_ROWS,
        waiting(handle, REFUSED, scope.where().add("refused_at IS NOT NULL")));
    add(
        concerns,
        Kind.FAILED_SAGAS,
        waiting(handle, SAGAS, scope.where().add("status = 'FAILED'")));
    add(
        concerns,
        Kind.OVERDUE_TASKS,
        waiting(
            handle,
            TASKS,
            scope.where().add("status IN ('OPEN', 'CLAIMED')").add("due_at < ?", now)));
    return new Flow(
        lastMinute(handle, scope, now),
        lastDay(handle, scope, now),
        latencies(handle, scope, now),
        outbox.count(),
        outbox.oldest().map(oldest -> Duration.between(oldest, now).toMillis() / 1000.0),
        concerns);
  }

  private static void add(List<Concern> concerns, Kind kind, Waiting waiting) {
    if (waiting.count() > 0) {
      concerns.add(new Concern(kind, waiting.count(), waiting.oldest()));
    }
  }

  private static Waiting waiting(Handle handle, String sql, SqlConditions where) {
    return where.bindTo(handle.createQuery(sql.formatted(where.text()))).mapTo(Waiting.class).one();
  }

  private static Rollups minutes(TenantScope scope, Instant since, Instant until) {
    return Rollups.byTheMinute(scope, Optional.empty(), Optional.empty(), since, until);
  }

  /** This minute so far, and of the one before as much as is missing to a whole one. */
  private static Counts lastMinute(Handle handle, TenantScope scope, Instant now) {
    Instant minute = now.truncatedTo(ChronoUnit.MINUTES);
    double ofBefore = 1 - Duration.between(minute, now).toMillis() / 60_000.0;
    double[] sums = new double[4];
    for (Row row :
        minutes(scope, minute.minusSeconds(60), now.plusSeconds(60))
            .read(handle, COUNTS.formatted("at", " GROUP BY at"), Row.class)) {
      double share = row.at().orElseThrow().isBefore(minute) ? ofBefore : 1;
      sums[0] += share * row.processed();
      sums[1] += share * row.unhandled();
      sums[2] += share * row.duplicates();
      sums[3] += share * row.deadLetters();
    }
    return new Counts(sums[0], sums[1], sums[2], sums[3]);
  }

  private static Counts lastDay(Handle handle, TenantScope scope, Instant now) {
    Row row =
        Rollups.byTheHour(
                handle,
                scope,
                Optional.empty(),
                Optional.empty(),
                now.truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(23)),
                now.plusSeconds(60))
            .read(handle, COUNTS.formatted("NULL::timestamptz", ""), Row.class)
            .get(0);
    return new Counts(row.processed(), row.unhandled(), row.duplicates(), row.deadLetters());
  }

  private static Latencies latencies(Handle handle, TenantScope scope, Instant now) {
    String sql =
        "SELECT %s AS buckets FROM %%s WHERE status IN ('PROCESSED', 'UNHANDLED') HAVING count(*) > 0"
            .formatted(Latencies.sums());
    return minutes(scope, now.minus(Duration.ofMinutes(15)), now.plusSeconds(60))
        .read(handle, sql, Buckets.class)
        .stream()
        .findFirst()
        .map(row -> Latencies.of(row.buckets()))
        .orElse(Latencies.NONE);
  }
}
