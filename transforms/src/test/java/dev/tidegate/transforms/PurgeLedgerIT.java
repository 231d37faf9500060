package dev.tidegate.transforms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.testing.TestDatabase;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.TestConfiguration;
import java.sql.SQLException;
import java.util.List;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.transforms.Create;
import org.apache.beam.sdk.transforms.ParDo;
import org.joda.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The ledger is kept in order beside the events, and never in their way. */
class PurgeLedgerIT {
  private static final String PARTITIONS =
      """
      SELECT count(*) FROM pg_inherits
      WHERE inhparent = 'event_payloads'::regclass
        AND inhrelid <> 'event_payloads_default'::regclass
      """;

  static final TestDatabase DATABASE = TestDatabase.create();

  @BeforeEach
  void empty() throws SQLException {
    DATABASE.execute("TRUNCATE events");
  }

  @Test
  void whatIsOldGoesAndIsCounted() throws SQLException {
    DATABASE.execute(
        """
        INSERT INTO events (tenant_id, source, notification_id, event_id, status, version, received_at,
          published_at, processed_at, attributes)
        SELECT 'acme', 'shop', i, gen_random_uuid(), 'PROCESSED', 'v', now(), now(),
          now() - interval '1 day' * i, '{}'
        FROM generate_series(1, 5) i
        """,
        """
        CREATE TABLE tidegate.event_payloads_20200101 PARTITION OF event_payloads
        FOR VALUES FROM ('2020-01-01') TO ('2020-01-02')
        """);
    PipelineResult result = tick(TestConfiguration.of(DATABASE), Duration.standardHours(60));

    assertThat(counter(result, "ledger_rows_deleted")).isEqualTo(3);
    assertThat(counter(result, "ledger_partitions_dropped")).isEqualTo(1);
    assertThat(DATABASE.query("SELECT count(*) FROM events")).isEqualTo("2");
    assertThat(DATABASE.query(PARTITIONS)).isEqualTo("3");
  }

  @Test
  void aDatabaseThatRefusesFailsNoJob() {
    DatabaseConfiguration database = TestConfiguration.of(DATABASE);
    PipelineResult result =
        tick(
            new DatabaseConfiguration(database.jdbcUrl(), "nobody", database.password(), 1),
            Duration.standardDays(1));

    assertThat(result.getState()).isEqualTo(PipelineResult.State.DONE);
    assertThat(counter(result, "ledger_rows_deleted")).isZero();
  }

  private static PipelineResult tick(DatabaseConfiguration database, Duration retention) {
    Pipeline pipeline = Pipeline.create();
    pipeline
        .apply(Create.of(0L))
        .apply(ParDo.of(new PurgeLedger.DeleteOldFn(database, retention, List.of())));
    PipelineResult result = pipeline.run();
    result.waitUntilFinish();
    return result;
  }

  private static long counter(PipelineResult result, String name) {
    return CountedMetrics.of(result).getOrDefault(name, 0L);
  }
}
