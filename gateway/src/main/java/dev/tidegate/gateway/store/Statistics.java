package dev.tidegate.gateway.store;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.Nested;

/**
 * How many events of which kind there were in a time, and how long they took.
 *
 * @param byType the {@value #MOST_TYPES} most frequent types: types are the senders' to choose
 */
public record Statistics(
    Instant since,
    Instant until,
    Optional<String> tenant,
    long events,
    Map<String, Long> byStatus,
    List<TypeCount> byType,
    Distribution processingMillis,
    Distribution latencyMillis) {
  private static final int MOST_TYPES = 100;

  /** How long events took. */
  public record Distribution(
      Optional<Double> average, Optional<Double> p50, Optional<Double> p95, Optional<Double> p99) {}

  /** How many events there were of a type, and how many of them failed. */
  public record TypeCount(String source, Optional<String> eventType, long events, long failed) {}

  /** A row of {@link #TIMES}. */
  public record Times(
      long events,
      @Nested("processing") Distribution processing,
      @Nested("latency") Distribution latency) {}

  /** A status and how many events have it. */
  public record StatusCount(String status, long events) {}

  private static final String TIMES =
      """
      SELECT count(*) AS events,
        avg(processing_duration_ms) AS processing_average,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY processing_duration_ms) AS processing_p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY processing_duration_ms) AS processing_p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY processing_duration_ms) AS processing_p99,
        avg(latency_ms) AS latency_average,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms) AS latency_p50,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms) AS latency_p95,
        percentile_cont(0.99) WITHIN GROUP (ORDER BY latency_ms) AS latency_p99
      FROM events WHERE %s
      """;

  private static final String BY_TYPE =
      """
      SELECT source, event_type, count(*) AS events,
        count(*) FILTER (WHERE status = 'DEAD_LETTER') AS failed
      FROM events WHERE %%s
      GROUP BY source, event_type ORDER BY events DESC, source, event_type LIMIT %d
      """
          .formatted(MOST_TYPES);

  /** The figures of the events of {@code scope} that were processed in that time. */
  public static Statistics of(Handle handle, TenantScope scope, Instant since, Instant until) {
    SqlConditions where =
        scope.where().add("processed_at >= ?", since).add("processed_at < ?", until);
    Times times = read(handle, where, TIMES, Times.class).get(0);
    Map<String, Long> byStatus = new LinkedHashMap<>();
    read(
            handle,
            where,
            "SELECT status, count(*) AS events FROM events WHERE %s GROUP BY status ORDER BY status",
            StatusCount.class)
        .forEach(count -> byStatus.put(count.status(), count.events()));
    return new Statistics(
        since,
        until,
        scope.tenant(),
        times.events(),
        byStatus,
        read(handle, where, BY_TYPE, TypeCount.class),
        times.processing(),
        times.latency());
  }

  private static <T> List<T> read(Handle handle, SqlConditions where, String sql, Class<T> row) {
    return where.bindTo(handle.createQuery(sql.formatted(where.text()))).mapTo(row).list();
  }
}
