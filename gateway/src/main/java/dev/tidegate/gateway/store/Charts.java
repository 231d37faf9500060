package dev.tidegate.gateway.store;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * What happened in a time, step by step.
 *
 * @param since when the first step begins
 * @param failures by why, the most frequent first, of whole hours
 * @param types the most frequent first
 */
public record Charts(
    Instant since,
    Instant until,
    long stepSeconds,
    List<Point> points,
    List<Failures> failures,
    List<TypeCount> types) {
  /** Up to so long, minutes are shown; up to a day, five minutes. */
  private static final Duration BY_MINUTE = Duration.ofHours(6);

  private static final Duration BY_FIVE_MINUTES = Duration.ofDays(1);

  /** Which charts are asked for. */
  public record Filter(
      Optional<String> source, Optional<String> eventType, Instant since, Instant until) {}

  /**
   * A step.
   *
   * @param at when it begins
   * @param processed events whose rows were written
   * @param duplicates repeats that brought nothing new
   * @param p50 half of the events that were committed took at most so many milliseconds
   */
  public record Point(
      Instant at,
      long processed,
      long unhandled,
      long duplicates,
      long deadLetters,
      Optional<Double> p50,
      Optional<Double> p95,
      Optional<Double> p99) {
    private static Point none(Instant at) {
      return new Point(at, 0, 0, 0, 0, Optional.empty(), Optional.empty(), Optional.empty());
    }
  }

  /** How many events failed for one cause. */
  public record Failures(String errorClass, String stage, long failures) {}

  /**
   * How many events there were of a type, which is empty where no handler knows it.
   *
   * @param deadLetters how many of them failed
   */
  public record TypeCount(
      String source, Optional<String> eventType, long events, long deadLetters) {}

  /** A step, as it is read. */
  public record Row(
      Instant at,
      long processed,
      long unhandled,
      long duplicates,
      long deadLetters,
      List<Long> buckets) {
    Point point() {
      Latencies latencies = Latencies.of(buckets);
      return new Point(
          at,
          processed,
          unhandled,
          duplicates,
          deadLetters,
          latencies.p50(),
          latencies.p95(),
          latencies.p99());
    }
  }

  private static final String POINTS =
      """
      SELECT to_timestamp(step) AS at,
        sum(events) FILTER (WHERE status = 'PROCESSED') AS processed,
        sum(events) FILTER (WHERE status = 'UNHANDLED') AS unhandled,
        sum(events) FILTER (WHERE status = 'DUPLICATE') AS duplicates,
        sum(events) FILTER (WHERE status = 'DEAD_LETTER') AS dead_letters,
        ARRAY[%s] AS buckets
      FROM (SELECT *, floor(extract(epoch FROM at) / %d) * %d AS step FROM %%s) stepped
      GROUP BY step
      """;

  private static final String TYPES =
      """
      SELECT source, nullif(event_type, '') AS event_type, sum(events) AS events,
        coalesce(sum(events) FILTER (WHERE status = 'DEAD_LETTER'), 0) AS dead_letters
      FROM %s GROUP BY source, event_type ORDER BY events DESC, source, event_type LIMIT 100
      """;

  private static final String FAILURES =
      """
      SELECT error_class, stage, sum(h.failures) AS failures
      FROM issues JOIN issue_hours h USING (tenant_id, fingerprint)
      WHERE %s GROUP BY error_class, stage ORDER BY failures DESC, error_class, stage LIMIT 100
      """;

  /** The charts of the events of {@code scope}. */
  public static Charts of(Handle handle, TenantScope scope, Filter filter) {
    Duration step = step(filter);
    Instant since =
        Instant.ofEpochSecond(
            Math.floorDiv(filter.since().getEpochSecond(), step.toSeconds()) * step.toSeconds());
    Optional<String> source = filter.source();
    Optional<String> type = filter.eventType();
    Rollups byHour = Rollups.byTheHour(handle, scope, source, type, since, filter.until());
    Rollups rollups =
        step.equals(Duration.ofHours(1))
            ? byHour
            : Rollups.byTheMinute(scope, source, type, since, filter.until());
    return new Charts(
        since,
        filter.until(),
        step.toSeconds(),
        points(handle, rollups, step),
        failures(handle, scope, filter, since),
        byHour.read(handle, TYPES, TypeCount.class));
  }

  private static Duration step(Filter filter) {
    Duration length = Duration.between(filter.since(), filter.until());
    if (length.compareTo(BY_FIVE_MINUTES) > 0
        || filter.since().isBefore(Instant.now().minus(Rollups.MINUTES))) {
      return Duration.ofHours(1);
    }
    return Duration.ofMinutes(length.compareTo(BY_MINUTE) > 0 ? 5 : 1);
  }

  private static List<Point> points(Handle handle, Rollups rollups, Duration step) {
    String buckets =
        Latencies.columns().stream()
            .map(
                "coalesce(sum(%s) FILTER (WHERE status IN ('PROCESSED', 'UNHANDLED')), 0)::bigint"
                    ::formatted)
            .collect(Collectors.joining(", "));
    Map<Instant, Point> known =
        rollups
            .read(handle, POINTS.formatted(buckets, step.toSeconds(), step.toSeconds()), Row.class)
            .stream()
            .map(Row::point)
            .collect(Collectors.toMap(Point::at, Function.identity()));
    List<Point> points = new ArrayList<>();
    for (Instant at = rollups.since(); at.isBefore(rollups.until()); at = at.plus(step)) {
      points.add(known.getOrDefault(at, Point.none(at)));
    }
    return points;
  }

  private static List<Failures> failures(
      Handle handle, TenantScope scope, Filter filter, Instant since) {
    SqlConditions where =
        scope
            .where()
            .add("hour >= ?", since.truncatedTo(ChronoUnit.HOURS))
            .add("hour < ?", filter.until())
            .add("source = ?", filter.source())
            .add("event_type = ?", filter.eventType());
    return where
        .bindTo(handle.createQuery(FAILURES.formatted(where.text())))
        .mapTo(Failures.class)
        .list();
  }
}
