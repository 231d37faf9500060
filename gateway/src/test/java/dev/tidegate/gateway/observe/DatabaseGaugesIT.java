package dev.tidegate.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.TestLedger;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The views of tasks, sagas, effects and the outbox, and the gauges that the database tells. */
class DatabaseGaugesIT {
  private static final TestLedger LEDGER = TestLedger.create();
  private static final String MINUTE = "SELECT date_trunc('minute', now())::text";

  @BeforeEach
  void empty() throws SQLException {
    LEDGER.empty();
  }

  private static List<String> gauges() {
    GatewayMetrics metrics = new GatewayMetrics();
    try (LedgerDatabase database = LEDGER.open(1)) {
      new DatabaseGauges(database, metrics).refresh();
    }
    return lines(metrics);
  }

  private static List<String> lines(GatewayMetrics metrics) {
    return metrics.registry().scrape().lines().filter(line -> !line.startsWith("#")).toList();
  }

  private static void fill() throws SQLException {
    LEDGER.task("a", "n1", "research", 5, "2026-03-01T00:00:00Z");
    LEDGER.task("b", "n1", "research", 5, null);
    LEDGER.task("a", "n2", "research", 5, null);
    LEDGER.task("a", "n3", "research", 5, null);
    LEDGER.task("a", "n4", "research", 5, "2026-03-01T00:00:00Z");
    LEDGER.execute(
        "UPDATE tasks SET status = 'CLAIMED', leased_until = now() + interval '1 hour',"
            + " created_at = now() - interval '1 day' WHERE cause = 'n2'");
    LEDGER.execute(
        "UPDATE tasks SET status = 'CLAIMED', leased_until = now() - interval '1 hour'"
            + " WHERE cause = 'n3'");
    LEDGER.execute("UPDATE tasks SET status = 'COMPLETED' WHERE cause = 'n4'");
    LEDGER.saga("a", "shop", "inquiry", "i1", "an answer", "2026-03-01T00:00:00Z");
    LEDGER.saga("b", "shop", "inquiry", "i1", "an answer", "2026-03-02T00:00:00Z");
    LEDGER.saga("a", "shop", "inquiry", "i2", null, null);
    LEDGER.saga("a", "shop", "inquiry", "i3", "an answer", "2026-02-01T00:00:00Z");
    LEDGER.execute("UPDATE saga_instances SET status = 'FAILED' WHERE instance = 'i3'");
    LEDGER.execute(
        """
        INSERT INTO outbox (
          tenant_id, event_id, source, event_type, aggregate, payload, refused_at, created_at)
        SELECT 'a', gen_random_uuid(), 'shop', 't', 'x', '{}', CASE WHEN i = 3 THEN now() END,
          now() - i * interval '1 hour'
        FROM generate_series(1, 3) AS i
        """);
    LEDGER.execute(
        """
        INSERT INTO effects (
          tenant_id, effect_id, source, cause, handler, effect_key, kind, effect_type, created_at)
        SELECT 'a', gen_random_uuid(), 'shop', 'n1', 'order.paid', i::text, 'TASK', 'research',
          now() - (i / 2) * interval '1 hour'
        FROM generate_series(1, 4) AS i
        """);
  }

  @Test
  void theViewsTellWhatWaits() throws SQLException {
    fill();
    assertThat(
            LEDGER.query(
                "SELECT string_agg(concat_ws(' ', tenant_id, kind, open, claimed, overdue,"
                    + " extract(day FROM oldest_age)), ', ' ORDER BY tenant_id) FROM tasks_open"))
        .isEqualTo("a research 2 1 1 1, b research 1 0 0 0");
    assertThat(
            LEDGER.query(
                "SELECT string_agg(concat_ws(' ', tenant_id, saga, waiting_for, instances,"
                    + " oldest_since AT TIME ZONE 'UTC'), ', ' ORDER BY tenant_id) FROM sagas_waiting"))
        .isEqualTo(
            "a inquiry an answer 1 2026-03-01 00:00:00, b inquiry an answer 1 2026-03-02 00:00:00");
    assertThat(
            LEDGER.query(
                "SELECT concat_ws(' ', waiting, extract(hour FROM oldest_age), refused)"
                    + " FROM relay_lag"))
        .isEqualTo("2 2 1");
    assertThat(
            LEDGER.query(
                "SELECT concat_ws(' ', tenant_id, kind, effect_type, status, sum(effects))"
                    + " FROM effects_by_kind GROUP BY tenant_id, kind, effect_type, status"))
        .isEqualTo("a TASK research ISSUED 4");
  }

  @Test
  void theGaugesTellTheSameOfAllTenants() throws SQLException {
    fill();
    assertThat(gauges())
        .contains(
            "tidegate_tasks_open{kind=\"research\"} 3.0",
            "tidegate_tasks_claimed{kind=\"research\"} 1.0",
            "tidegate_tasks_overdue{kind=\"research\"} 1.0",
            "tidegate_sagas_waiting{saga=\"inquiry\"} 2.0",
            "tidegate_sagas_failed{saga=\"inquiry\"} 1.0",
            "tidegate_outbox_waiting 2.0",
            "tidegate_outbox_refused 1.0",
            "tidegate_effects_last_minute{kind=\"TASK\"} 1.0")
        .anyMatch(line -> line.startsWith("tidegate_tasks_oldest_seconds{kind=\"research\"} 864"))
        .anyMatch(line -> line.startsWith("tidegate_sagas_oldest_seconds{saga=\"inquiry\"} "))
        .anyMatch(line -> line.startsWith("tidegate_outbox_oldest_seconds 72"));
  }

  /** The gauges with figures of so many types in those minutes, all within one of the clock's. */
  private static List<String> gauges(Map<String, Integer> typesByMinute) throws SQLException {
    List<String> gauges;
    String begin;
    do {
      LEDGER.empty();
      begin = LEDGER.query(MINUTE);
      for (Map.Entry<String, Integer> types : typesByMinute.entrySet()) {
        rollups(types.getValue(), types.getKey());
      }
      gauges = gauges();
    } while (!begin.equals(LEDGER.query(MINUTE)));
    return gauges;
  }

  private static void rollups(int types, String minute) throws SQLException {
    LEDGER.execute(
        """
        INSERT INTO event_rollups (
          tenant_id, minute, source, event_type, status, writer, events, millis_sum, le_100, le_500)
        SELECT tenant, date_trunc('minute', now()) + ?::interval, 'shop',
          CASE type WHEN 1 THEN '' ELSE 'type ' || type END, status, writer,
          100 - type, 1000, CASE status WHEN 'PROCESSED' THEN 97 ELSE 0 END,
          CASE status WHEN 'PROCESSED' THEN 3 ELSE 1000 END
        FROM generate_series(1, ?::int) AS type, unnest(ARRAY['a', 'b']) AS tenant,
          unnest(ARRAY['PROCESSED', 'DEAD_LETTER']) AS status, generate_series(1, 2) AS writer
        """,
        minute,
        Integer.toString(types));
  }

  /** The minute that is under way would always tell of too few. */
  @Test
  void eventsOfTheLastFullMinuteAreToldBySourceTypeAndStatus() throws SQLException {
    assertThat(
            gauges(Map.of("-1 minute", 2, "0 minutes", 3, "-2 minutes", 3)).stream()
                .filter(line -> line.startsWith("tidegate_events_last_minute{")))
        .containsExactlyInAnyOrder(
            "tidegate_events_last_minute{event_type=\"unknown\",source=\"shop\",status=\"PROCESSED\"} 396.0",
            "tidegate_events_last_minute{event_type=\"unknown\",source=\"shop\",status=\"DEAD_LETTER\"} 396.0",
            "tidegate_events_last_minute{event_type=\"type 2\",source=\"shop\",status=\"PROCESSED\"} 392.0",
            "tidegate_events_last_minute{event_type=\"type 2\",source=\"shop\",status=\"DEAD_LETTER\"} 392.0");
  }

  /** 97 of 100 events took 75 to 100 ms, the others 250 to 500 ms; dead letters do not count. */
  @Test
  void latencyIsThatOfEventsThatWentWell() throws SQLException {
    assertThat(
            gauges(Map.of("-1 minute", 1)).stream()
                .filter(line -> line.startsWith("tidegate_latency_last_minute")))
        .hasSize(3)
        .anyMatch(line -> line.matches(".*quantile=\"0.5\"} 0\\.087\\d*"))
        .anyMatch(line -> line.matches(".*quantile=\"0.95\"} 0\\.099\\d*"))
        .anyMatch(line -> line.matches(".*quantile=\"0.99\"} 0\\.416\\d*"));
  }

  @Test
  void typesBeyondABoundCountAsOne() throws SQLException {
    assertThat(
            gauges(Map.of("-1 minute", 60)).stream()
                .filter(line -> line.startsWith("tidegate_events_last_minute{")))
        .hasSize(102)
        .contains(
            "tidegate_events_last_minute{event_type=\"other\",source=\"other\",status=\"PROCESSED\"} 1780.0");
  }

  @Test
  void kindsBeyondABoundCountAsOne() throws SQLException {
    for (int i = 0; i < 60; i++) {
      LEDGER.task("a", "n1", "kind %02d".formatted(i), 5, null);
    }
    assertThat(gauges().stream().filter(line -> line.startsWith("tidegate_tasks_open{")))
        .hasSize(51)
        .contains("tidegate_tasks_open{kind=\"other\"} 10.0");
  }

  /** However often it is scraped, one query is enough for a while. */
  @Test
  void figuresAreReadOnceInAWhileAndAreGoneWhileTheDatabaseIsAway() throws SQLException {
    GatewayMetrics metrics = new GatewayMetrics();
    try (LedgerDatabase database = LEDGER.open(1)) {
      DatabaseGauges gauges = new DatabaseGauges(database, metrics);
      gauges.refresh();
      LEDGER.task("a", "n1", "research", 5, null);
      gauges.refresh();
      assertThat(lines(metrics))
          .contains("tidegate_outbox_waiting 0.0")
          .noneMatch(line -> line.startsWith("tidegate_tasks_open"));
    }
    try (LedgerDatabase away =
        LedgerDatabase.open(
            new DatabaseConfiguration(
                "jdbc:postgresql://localhost:1/nothing", "nobody", Optional.empty(), 1))) {
      GatewayMetrics none = new GatewayMetrics();
      new DatabaseGauges(away, none).refresh();
      assertThat(lines(none)).isEmpty();
    }
  }
}
