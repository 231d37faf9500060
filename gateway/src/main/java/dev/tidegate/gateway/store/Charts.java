package dev.tidegate.gateway.store;

import dev.tidegate.schemas.LatencyBuckets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
   * @param p50 half of the committed events took at most this many milliseconds
   */
  public record Point(
      Instant at,
      long processed,
      long unhandled,
      long duplicates,
      long deadLetters,
      Optional<Double> p50,
      Optional<Double> p95,
      Optional<Double> p99) {}

  /** How many events failed for one cause. */
  public record Failures(String errorClass, String stage, long failures) {}

  /**
   * How many events there were of a type, which is empty where no handler knows it.
   *
   * @param deadLetters how many of them failed
   */
  public record TypeCount(
      String source, Optional<String> eventType, long events, long deadLetters) {}

  /** What one status had in a step, as it is read. */
  public record Row(Instant at, Outcome status, long events, List<Long> buckets) {}

  /** The statuses of events in the rollups. */
  public enum Outcome {
    PROCESSED,
    UNHANDLED,
    DUPLICATE,
    DEAD_LETTER
  }

  /** Plain sums: a FILTER for each status and bucket took three times as long. */
  private static final String POINTS =
      """
      SELECT date_bin('%d seconds', at, timestamptz 'epoch') AS at, status,
        sum(events)::bigint AS events, %s AS buckets
      FROM %%s GROUP BY 1, status
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
    Map<Instant, List<Row>> known =
        rollups
            .read(handle, POINTS.formatted(step.toSeconds(), Latencies.sums()), Row.class)
            .stream()
            .collect(Collectors.groupingBy(Row::at));
    List<Point> points = new ArrayList<>();
    for (Instant at = rollups.since(); at.isBefore(rollups.until()); at = at.plus(step)) {
      points.add(point(at, known.getOrDefault(at, List.of())));
    }
    return points;
  }

  private static Point point(Instant at, List<Row> rows) {
    Map<Outcome, Long> events = new EnumMap<>(Outcome.class);
    long[] buckets = new long[LatencyBuckets.COLUMNS.size()];
    for (Row row : rows) {
      events.put(row.status, row.events);
      if (row.status == Outcome.PROCESSED || row.status == Outcome.UNHANDLED) {
        Arrays.setAll(buckets, i -> buckets[i] + row.buckets.get(i));
      }
    }
    Latencies latencies = Latencies.of(buckets);
    return new Point(
        at,
        events.getOrDefault(Outcome.PROCESSED, 0L),
        events.getOrDefault(Outcome.UNHANDLED, 0L),
        events.getOrDefault(Outcome.DUPLICATE, 0L),
        events.getOrDefault(Outcome.DEAD_LETTER, 0L),
        latencies.p50(),
        latencies.p95(),
        latencies.p99());
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
