package dev.tidegate.gateway.observe;

import dev.tidegate.gateway.store.Latencies;
import dev.tidegate.gateway.store.LedgerDatabase;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the database knows: how many events were committed in the last minute and how long they
 * took, and what tasks, sagas and the outbox wait for. It is read at most every few seconds,
 * however often it is asked for. While the database cannot be asked, there are no figures: an old
 * one would pass for a new one.
 */
final class DatabaseGauges {
  private static final Logger LOG = LoggerFactory.getLogger(DatabaseGauges.class);

  private static final Duration FRESH = Duration.ofSeconds(5);

  /** Nobody waits for longer: a scrape has little time. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /**
   * Types, kinds of tasks and names of sagas are chosen by sources: beyond this number they count
   * as one.
   */
  private static final int MOST_LABELS = 50;

  /** Gauges by their names, with what they tell. */
  private static final Map<String, String> GAUGES = new LinkedHashMap<>();

  private static final String LATENCY = "tidegate.latency.last.minute.seconds";

  static {
    GAUGES.put("tidegate.events.last.minute", "Events that were committed in the last full minute");
    GAUGES.put(LATENCY, "How long events took from publication to commit");
    GAUGES.put("tidegate.tasks.open", "Tasks that anybody may claim");
    GAUGES.put("tidegate.tasks.claimed", "Tasks that somebody works on");
    GAUGES.put("tidegate.tasks.overdue", "Unfinished tasks that should be done by now");
    GAUGES.put("tidegate.tasks.oldest.seconds", "Age of the oldest unfinished task");
    GAUGES.put("tidegate.sagas.waiting", "Instances of sagas that wait for something");
    GAUGES.put("tidegate.sagas.oldest.seconds", "How long the oldest waiting instance has waited");
    GAUGES.put("tidegate.sagas.failed", "Instances of sagas that could not be folded");
    GAUGES.put("tidegate.outbox.waiting", "Events that the relay is to publish");
    GAUGES.put("tidegate.outbox.oldest.seconds", "Age of the oldest of them");
    GAUGES.put("tidegate.outbox.refused", "Events that Pub/Sub has refused for good");
    GAUGES.put("tidegate.effects.last.minute", "Effects that were caused in the last minute");
  }

  private static final String LAST_MINUTE = "date_trunc('minute', now()) - interval '1 minute'";

  private static final String QUERY =
      """
      WITH kinds AS (
        SELECT CASE WHEN place <= %1$d THEN kind ELSE 'other' END AS label, sum(open) AS open,
          sum(claimed) AS claimed, sum(overdue) AS overdue, max(oldest_age) AS oldest
        FROM (
          SELECT kind, sum(open) AS open, sum(claimed) AS claimed, sum(overdue) AS overdue,
            max(oldest_age) AS oldest_age,
            row_number() OVER (ORDER BY sum(open) + sum(claimed) DESC, kind) AS place
          FROM tasks_open GROUP BY kind) AS all_kinds
        GROUP BY 1),
      sagas AS (
        SELECT CASE WHEN place <= %1$d THEN saga ELSE 'other' END AS label,
          sum(instances) AS waiting, min(oldest_since) AS since
        FROM (
          SELECT saga, sum(instances) AS instances, min(oldest_since) AS oldest_since,
            row_number() OVER (ORDER BY sum(instances) DESC, saga) AS place
          FROM sagas_waiting GROUP BY saga) AS all_sagas
        GROUP BY 1),
      failed AS (
        SELECT CASE WHEN place <= %1$d THEN saga ELSE 'other' END AS label, sum(instances) AS failed
        FROM (
          SELECT saga, count(*) AS instances,
            row_number() OVER (ORDER BY count(*) DESC, saga) AS place
          FROM saga_instances WHERE status = 'FAILED' GROUP BY saga) AS all_failed
        GROUP BY 1),
      events AS (
        SELECT CASE WHEN place <= %1$d THEN source ELSE 'other' END AS source,
          CASE WHEN place <= %1$d THEN event_type ELSE 'other' END AS event_type, status,
          sum(events) AS events
        FROM (
          SELECT *, dense_rank() OVER (ORDER BY of_type DESC, source, event_type) AS place
          FROM (
            SELECT source, event_type, status, sum(events) AS events,
              sum(sum(events)) OVER (PARTITION BY source, event_type) AS of_type
            FROM (
              SELECT source, coalesce(nullif(event_type, ''), 'unknown') AS event_type, status, events
              FROM event_rollups WHERE minute = %2$s) AS last_minute
            GROUP BY 1, 2, 3) AS by_status) AS all_types
        GROUP BY 1, 2, 3),
      lag AS (SELECT * FROM relay_lag)
      SELECT 'tidegate.tasks.open' AS gauge, ARRAY['kind'] AS tags, ARRAY[label] AS labels,
          open::float8 AS value
        FROM kinds
      UNION ALL SELECT 'tidegate.tasks.claimed', ARRAY['kind'], ARRAY[label], claimed FROM kinds
      UNION ALL SELECT 'tidegate.tasks.overdue', ARRAY['kind'], ARRAY[label], overdue FROM kinds
      UNION ALL SELECT 'tidegate.tasks.oldest.seconds', ARRAY['kind'], ARRAY[label],
          extract(epoch FROM oldest)
        FROM kinds
      UNION ALL SELECT 'tidegate.sagas.waiting', ARRAY['saga'], ARRAY[label], waiting FROM sagas
      UNION ALL SELECT 'tidegate.sagas.oldest.seconds', ARRAY['saga'], ARRAY[label],
          extract(epoch FROM now() - since)
        FROM sagas WHERE since IS NOT NULL
      UNION ALL SELECT 'tidegate.sagas.failed', ARRAY['saga'], ARRAY[label], failed FROM failed
      UNION ALL SELECT 'tidegate.outbox.waiting', ARRAY[]::text[], ARRAY[]::text[], waiting FROM lag
      UNION ALL SELECT 'tidegate.outbox.oldest.seconds', ARRAY[]::text[], ARRAY[]::text[],
          coalesce(extract(epoch FROM oldest_age), 0)
        FROM lag
      UNION ALL SELECT 'tidegate.outbox.refused', ARRAY[]::text[], ARRAY[]::text[], refused FROM lag
      UNION ALL SELECT 'tidegate.effects.last.minute', ARRAY['kind'], ARRAY[kind], count(*)
        FROM effects WHERE created_at > now() - interval '1 minute' GROUP BY kind
      UNION ALL SELECT 'tidegate.events.last.minute', ARRAY['source', 'event_type', 'status'],
          ARRAY[source, event_type, status], events
        FROM events
      """
          .formatted(MOST_LABELS, LAST_MINUTE);

  private static final String LATENCIES =
      """
      SELECT unnest(%s) FROM event_rollups
      WHERE minute = %s AND status IN ('PROCESSED', 'UNHANDLED') HAVING count(*) > 0
      """
          .formatted(Latencies.sums(), LAST_MINUTE);

  /** A row of {@link #QUERY}. */
  public record Figure(String gauge, List<String> tags, List<String> labels, double value) {}

  private final LedgerDatabase database;
  private final Map<String, MultiGauge> gauges = new LinkedHashMap<>();
  private final ReentrantLock asking = new ReentrantLock();
  private long askedAt = System.nanoTime() - FRESH.toNanos();
  private boolean isAway;

  DatabaseGauges(LedgerDatabase database, GatewayMetrics metrics) {
    this.database = database;
    GAUGES.forEach(
        (name, description) ->
            gauges.put(
                name,
                MultiGauge.builder(name).description(description).register(metrics.registry())));
  }

  /** Reads them again, unless they are fresh or another thread is reading them. */
  void refresh() {
    if (asking.tryLock()) {
      try {
        if (System.nanoTime() - askedAt >= FRESH.toNanos()) {
          show(read());
          askedAt = System.nanoTime();
        }
      } finally {
        asking.unlock();
      }
    }
  }

  private List<Figure> read() {
    try {
      List<Figure> figures =
          database.withHandle(
              handle -> {
                handle.execute("SET LOCAL statement_timeout = " + TIMEOUT.toMillis());
                List<Figure> all =
                    new ArrayList<>(handle.createQuery(QUERY).mapTo(Figure.class).list());
                List<Long> buckets = handle.createQuery(LATENCIES).mapTo(Long.class).list();
                if (!buckets.isEmpty()) {
                  addLatencies(Latencies.of(buckets), all);
                }
                return all;
              });
      isAway = false;
      return figures;
    } catch (SQLException | RuntimeException failure) {
      if (!isAway) {
        LOG.warn("the figures of events, tasks, sagas and the outbox cannot be read", failure);
      }
      isAway = true;
      return List.of();
    }
  }

  private static void addLatencies(Latencies latencies, List<Figure> figures) {
    Map.of("0.5", latencies.p50(), "0.95", latencies.p95(), "0.99", latencies.p99())
        .forEach(
            (quantile, millis) ->
                millis.ifPresent(
                    value ->
                        figures.add(
                            new Figure(
                                LATENCY, List.of("quantile"), List.of(quantile), value / 1_000))));
  }

  private void show(List<Figure> figures) {
    Map<String, List<MultiGauge.Row<?>>> rows = new LinkedHashMap<>();
    gauges.keySet().forEach(name -> rows.put(name, new ArrayList<>()));
    for (Figure figure : figures) {
      Tags tags = Tags.empty();
      for (int i = 0; i < figure.tags().size(); i++) {
        tags = tags.and(figure.tags().get(i), figure.labels().get(i));
      }
      rows.get(figure.gauge()).add(MultiGauge.Row.of(tags, figure.value()));
    }
    rows.forEach((name, some) -> gauges.get(name).register(some, true));
  }
}
