package dev.tidegate.gateway.store;

import dev.tidegate.schemas.LatencyBuckets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * The figures of a time that the pipeline writes: by the hour where hours are over, and by the
 * minute before and after them.
 *
 * @param since when it begins
 * @param firstHour the first hour that is read as a whole
 * @param endOfHours the first hour that is not
 * @param until the first time after it
 */
record Rollups(
    TenantScope scope,
    Optional<String> source,
    Optional<String> eventType,
    Instant since,
    Instant firstHour,
    Instant endOfHours,
    Instant until) {
  /** For so long there are minutes: less than the pipeline keeps them, which is three days. */
  static final Duration MINUTES = Duration.ofDays(3).minus(Duration.ofHours(2));

  /** Figures of a time, minute by minute. */
  static Rollups byTheMinute(
      TenantScope scope,
      Optional<String> source,
      Optional<String> eventType,
      Instant since,
      Instant until) {
    return new Rollups(scope, source, eventType, since, since, since, until);
  }

  /**
   * Figures of a time, by hours as far as possible. The newest hour is read by the minute: events
   * of it may have come since it was added up.
   */
  static Rollups byTheHour(
      Handle handle,
      TenantScope scope,
      Optional<String> source,
      Optional<String> eventType,
      Instant since,
      Instant until) {
    Optional<Instant> newest =
        handle
            .createQuery("SELECT max(hour) FROM event_rollups_hourly")
            .mapTo(Instant.class)
            .findOne();
    Instant hour = since.truncatedTo(ChronoUnit.HOURS);
    Instant first = hour.equals(since) ? hour : hour.plus(1, ChronoUnit.HOURS);
    Instant last = until.truncatedTo(ChronoUnit.HOURS);
    Instant end = newest.filter(known -> known.isBefore(last)).orElse(last);
    return newest.isPresent() && end.isAfter(first)
        ? new Rollups(scope, source, eventType, since, first, end, until)
        : byTheMinute(scope, source, eventType, since, until);
  }

  /**
   * Adds figures up.
   *
   * @param select what is asked, over the columns of the rollups and {@code at}, with one {@code
   *     %s} for the table
   */
  <T> List<T> read(Handle handle, String select, Class<T> row) {
    List<Object> parameters = new ArrayList<>();
    String table =
        Stream.of(
                part("event_rollups", "minute", since, firstHour, parameters),
                part("event_rollups_hourly", "hour", firstHour, endOfHours, parameters),
                part("event_rollups", "minute", endOfHours, until, parameters))
            .flatMap(Optional::stream)
            .collect(Collectors.joining(" UNION ALL ", "(", ") AS rollups"));
    return SqlConditions.bind(handle.createQuery(select.formatted(table)), 0, parameters)
        .mapTo(row)
        .list();
  }

  private Optional<String> part(
      String table, String time, Instant from, Instant to, List<Object> parameters) {
    // One table at least has to be there, if only for its columns.
    if (!from.isBefore(to) && !(to.equals(until) && from.equals(endOfHours))) {
      return Optional.empty();
    }
    SqlConditions where =
        scope
            .where()
            .add(time + " >= ?", from)
            .add(time + " < ?", to)
            .add("source = ?", source)
            .add("event_type = ?", eventType);
    parameters.addAll(where.parameters());
    return Optional.of(
        "SELECT tenant_id, %s AS at, source, event_type, status, events, millis_sum, %s FROM %s WHERE %s"
            .formatted(time, String.join(", ", LatencyBuckets.COLUMNS), table, where.text()));
  }
}
