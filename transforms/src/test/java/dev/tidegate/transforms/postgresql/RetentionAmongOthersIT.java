package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.Things.TIME;
import static dev.tidegate.transforms.postgresql.Things.event;
import static dev.tidegate.transforms.postgresql.Things.handled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.transforms.postgresql.LedgerRetention.Result;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Purging the ledger while others use it: the purge gives way and blocks nobody. */
class RetentionAmongOthersIT extends RetentionFixture {
  @Test
  void nothingIsDoneWhileSomeoneElsePurges() throws SQLException {
    ledgerRow("n-1", -40);
    payload("n-1", -40);
    try (Connection other = DATABASE.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute(
          "SELECT pg_advisory_xact_lock(%d, 'events'::regclass::oid::integer)"
              .formatted(LedgerRetention.LOCK));
      assertThat(run()).isEqualTo(result(0, 0, 0));
    }
    assertThat(partitions()).isNull();
    assertThat(run()).isEqualTo(result(3, 0, 1));
  }

  @Test
  void twoAtOnceDoTheWorkOnce() throws Exception {
    for (int i = 0; i < 100; i++) {
      ledgerRow("n-" + i, -40);
    }
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      List<Future<Result>> results = executor.invokeAll(List.of(this::run, this::run));
      Result first = results.get(0).get();
      Result second = results.get(1).get();
      Result third = run();
      assertThat(first.rowsDeleted() + second.rowsDeleted() + third.rowsDeleted()).isEqualTo(100);
      assertThat(first.partitionsCreated() + second.partitionsCreated() + third.partitionsCreated())
          .isEqualTo(3);
      assertThat(ledger()).isNull();
      assertThat(partitions()).isEqualTo("0 1 2");
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void aReaderInTheWayPutsPartitionsOffAndNothingElse() throws SQLException {
    ledgerRow("n-1", -40);
    try (Connection reader = DATABASE.connect();
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.execute("SELECT count(*) FROM event_payloads");
      Result result = run();
      assertThat(result.putOff()).containsExactly("SQLSTATE 55P03");
      assertThat(result.partitionsCreated()).isZero();
      assertThat(result.rowsDeleted()).isEqualTo(1);
      write("n-2");
    }
    assertThat(run()).isEqualTo(result(3, 0, 0));
  }

  @Test
  void aUserWhoMayNotChangeTablesStillDeletes() throws SQLException {
    ledgerRow("n-1", -40);
    payload("n-1", -40);
    DATABASE.execute(
        "CREATE ROLE writer LOGIN",
        "GRANT USAGE ON SCHEMA tidegate TO writer",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, tidegate TO writer");
    DatabaseConfiguration owner = TestConfiguration.of(DATABASE);
    try (ConnectionPool writer =
        ConnectionPool.open(
            new DatabaseConfiguration(owner.jdbcUrl(), "writer", owner.password(), 1))) {
      Result result = new LedgerRetention(writer, RETENTION).run();
      assertThat(result.putOff()).containsExactly("SQLSTATE 42501");
      assertThat(result.rowsDeleted()).isEqualTo(1);
    } finally {
      DATABASE.execute("DROP OWNED BY writer", "DROP ROLE writer");
    }
    assertThat(payloads()).isNull();
  }

  @Test
  void anOutageIsWaitedForUntilTheNextTime() {
    LedgerRetention retention =
        new LedgerRetention(
            pool,
            RETENTION,
            connection -> {
              throw new SQLException("a host and a port", "08006");
            },
            CHUNK);
    assertThat(retention.run()).isEqualTo(new Result(0, 0, 0, List.of("SQLSTATE 08006")));
  }

  /** A partition that takes over from the default one must refuse no event on its way there. */
  @Test
  void partitionsComeAndGoWhileEventsAreWritten() throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    AtomicInteger written = new AtomicInteger();
    AtomicInteger retries = new AtomicInteger();
    List<String> refused = new ArrayList<>();
    EventWriter writer = Things.writer(pool, retries::incrementAndGet);
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> writers = new ArrayList<>();
      for (int thread = 0; thread < 2; thread++) {
        writers.add(
            executor.submit(
                () -> {
                  while (!stopped.get()) {
                    String id = "n-" + written.incrementAndGet();
                    writer.write(
                        List.of(handled(event(id, TIME))),
                        (entry, reason) -> {
                          synchronized (refused) {
                            refused.add(reason);
                          }
                        });
                  }
                  return null;
                }));
      }
      int created = 0;
      for (int i = 0; i < 25; i++) {
        dropPartitions();
        int before = written.get();
        while (written.get() < before + 10) {
          Thread.onSpinWait();
        }
        created += run().partitionsCreated();
      }
      stopped.set(true);
      for (Future<?> future : writers) {
        future.get();
      }
      assertThat(created).isGreaterThan(25);
    } finally {
      stopped.set(true);
      executor.shutdownNow();
    }
    assertThat(refused).isEmpty();
    assertThat(retries).hasValue(0);
    assertThat(DATABASE.query("SELECT count(*) FROM events")).isEqualTo(written.toString());
  }
}
