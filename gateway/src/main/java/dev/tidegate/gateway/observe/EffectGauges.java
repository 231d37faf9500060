package dev.tidegate.gateway.observe;

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
 * What tasks, sagas and the outbox wait for, and what was committed lately, as the database knows
 * it: so it tells the same wherever the pipeline runs. One query reads all of it, at most every few
 * seconds however often it is asked for. While the database cannot be asked, there are no figures:
 * an old one would pass for a new one.
 */
final class EffectGauges {
  private static final Logger LOG = LoggerFactory.getLogger(EffectGauges.class);

  private static final Duration FRESH = Duration.ofSeconds(5);

  /** Nobody waits for longer: a scrape has little time. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  /**
   * Kinds of tasks and names of sagas are a source's to choose: beyond so many they count as one.
   */
  private static final int MOST_LABELS = 50;

  /** So are types of events: the most frequent ones count for themselves. */
  private static final int MOST_TYPES = 100;

  /** Gauges by their names, with what they tell. */
  private static final Map<String, String> GAUGES = new LinkedHashMap<>();

  static {
    GAUGES.put("tidegate.tasks.open", "Tasks that anybody may claim");
    GAUGES.put("tidegate.tasks.claimed", "Tasks that somebody works on");
    GAUGES.put("tidegate.tasks.overdue", "Unfinished tasks that should be done by now");
    GAUGES.put("tidegate.tasks.oldest.seconds", "Age of the oldest unfinished task");
    GAUGES.put("tidegate.sagas.waiting", "Instances of sagas that wait for something");
    GAUGES.put("tidegate.sagas.oldest.seconds", "How long the first of them has waited");
    GAUGES.put("tidegate.sagas.failed", "Instances of sagas that could not be folded");
    GAUGES.put("tidegate.outbox.waiting", "Events that the relay is to publish");
    GAUGES.put("tidegate.outbox.oldest.seconds", "Age of the oldest of them");
    GAUGES.put("tidegate.outbox.refused", "Events that Pub/Sub has refused for good");
    GAUGES.put("tidegate.effects.last.minute", "Effects that were caused in the last minute");
    GAUGES.put(
        "tidegate.events.last.minute", "Events that were committed in the last whole minute");
  }

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
      lag AS (SELECT * FROM relay_lag)
      SELECT 'tidegate.tasks.open' AS gauge, ARRAY['kind', label] AS tags,
          open::float8 AS value
        FROM kinds
      UNION ALL SELECT 'tidegate.tasks.claimed', ARRAY['kind', label], claimed FROM kinds
      UNION ALL SELECT 'tidegate.tasks.overdue', ARRAY['kind', label], overdue FROM kinds
      UNION ALL SELECT 'tidegate.tasks.oldest.seconds', ARRAY['kind', label], extract(epoch FROM oldest)
        FROM kinds
      UNION ALL SELECT 'tidegate.sagas.waiting', ARRAY['saga', label], waiting FROM sagas
      UNION ALL SELECT 'tidegate.sagas.oldest.seconds', ARRAY['saga', label],
          extract(epoch FROM now() - since)
        FROM sagas WHERE since IS NOT NULL
      UNION ALL SELECT 'tidegate.sagas.failed', ARRAY['saga', label], failed FROM failed
      UNION ALL SELECT 'tidegate.outbox.waiting', ARRAY[]::text[], waiting FROM lag
      UNION ALL SELECT 'tidegate.outbox.oldest.seconds', ARRAY[]::text[],
          coalesce(extract(epoch FROM oldest_age), 0)
        FROM lag
      UNION ALL SELECT 'tidegate.outbox.refused', ARRAY[]::text[], refused FROM lag
      UNION ALL SELECT 'tidegate.effects.last.minute', ARRAY['kind', kind], count(*)
        FROM effects WHERE created_at > now() - interval '1 minute' GROUP BY kind
      UNION ALL SELECT 'tidegate.events.last.minute',
          ARRAY['source', CASE WHEN place <= %2$d THEN source ELSE 'other' END,
            'type', CASE WHEN place > %2$d THEN 'other'
              ELSE coalesce(nullif(event_type, ''), 'unknown') END,
            'status', status],
          sum(events)
        FROM (
          SELECT source, event_type, status, events,
            dense_rank() OVER (ORDER BY of_type DESC, source, event_type) AS place
          FROM (
            SELECT source, event_type, status, sum(events) AS events,
              sum(sum(events)) OVER (PARTITION BY source, event_type) AS of_type
            FROM event_rollups
            WHERE minute = date_trunc('minute', now(), 'UTC') - interval '1 minute'
            GROUP BY source, event_type, status) AS counted) AS ranked
        GROUP BY 2
      """
          .formatted(MOST_LABELS, MOST_TYPES);

  /** A row of {@link #QUERY}. */
  public record Figure(String gauge, List<String> tags, double value) {}

  private final LedgerDatabase database;
  private final Map<String, MultiGauge> gauges = new LinkedHashMap<>();
  private final ReentrantLock asking = new ReentrantLock();
  private long askedAt = System.nanoTime() - FRESH.toNanos();
  private boolean isAway;

  EffectGauges(LedgerDatabase database, GatewayMetrics metrics) {
    this.database = database;
    GAUGES.forEach(
        (name, description) ->
            gauges.put(
                name,
                MultiGauge.builder(name).description(description).register(metrics.registry())));
  }

  /** Reads them anew, unless they are fresh or somebody does already. */
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
                return handle.createQuery(QUERY).mapTo(Figure.class).list();
              });
      isAway = false;
      return figures;
    } catch (SQLException | RuntimeException failure) {
      if (!isAway) {
        LOG.warn("the figures of tasks, sagas and the outbox cannot be read", failure);
      }
      isAway = true;
      return List.of();
    }
  }

  private void show(List<Figure> figures) {
    Map<String, List<MultiGauge.Row<?>>> rows = new LinkedHashMap<>();
    gauges.keySet().forEach(name -> rows.put(name, new ArrayList<>()));
    for (Figure figure : figures) {
      rows.get(figure.gauge())
          .add(MultiGauge.Row.of(Tags.of(figure.tags().toArray(String[]::new)), figure.value()));
    }
    rows.forEach((name, some) -> gauges.get(name).register(some, true));
  }
}
