package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.testing.TestDatabase;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransientRetryIT {
  static final TestDatabase DATABASE = TestDatabase.create("CREATE TABLE written (line text)");

  private static final Duration BUDGET = Duration.ofSeconds(8);

  private final AtomicInteger attempts = new AtomicInteger();
  private final AtomicInteger retries = new AtomicInteger();
  private final AtomicInteger opened = new AtomicInteger();
  private final TransientRetry retry =
      new TransientRetry(
          new TransientRetry.Listener() {
            @Override
            public void retried() {
              retries.incrementAndGet();
            }

            @Override
            public void circuitOpened() {
              opened.incrementAndGet();
            }
          },
          BUDGET);
  private ConnectionPool pool;

  @BeforeEach
  void openPool() throws SQLException {
    DATABASE.execute("TRUNCATE written");
    pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
  }

  @AfterEach
  void closePool() {
    pool.close();
  }

  @Test
  void aFailureThatPassesIsRepeatedOnAFreshConnection() throws SQLException {
    Set<String> backends = new HashSet<>();
    retry.run(
        pool,
        connection -> {
          backends.add(query(connection, "SELECT pg_backend_pid()"));
          execute(connection, "INSERT INTO written VALUES ('once')");
          if (attempts.incrementAndGet() < 3) {
            execute(connection, "DO $$ BEGIN RAISE SQLSTATE '57014'; END $$");
          }
        });

    assertThat(attempts).hasValue(3);
    assertThat(retries).hasValue(2);
    assertThat(backends).as("a connection each").hasSize(3);
    assertThat(DATABASE.query("SELECT count(*) FROM written")).isEqualTo("1");
    assertThat(opened).hasValue(0);
  }

  @Test
  void aPermanentFailureIsThrownAtOnceAndTheConnectionKept() throws SQLException {
    assertThatThrownBy(
            () ->
                retry.run(
                    pool,
                    connection -> {
                      attempts.incrementAndGet();
                      execute(connection, "SELECT 1 / 0");
                    }))
        .isInstanceOf(SQLException.class)
        .satisfies(f -> assertThat(((SQLException) f).getSQLState()).isEqualTo("22012"));
    assertThat(attempts).hasValue(1);
    assertThat(retries).hasValue(0);
    assertThat(pool.circuitBreaker().getMetrics().getNumberOfFailedCalls()).isZero();
  }

  @Test
  void aBugIsThrownAtOnce() {
    assertThatThrownBy(
            () ->
                retry.run(
                    pool,
                    connection -> {
                      attempts.incrementAndGet();
                      throw new IllegalStateException("bug");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(attempts).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"40P01", "40001"})
  void transactionsInEachOthersWayAreRepeatedSoonOnTheSameConnection(String state)
      throws SQLException {
    Set<String> backends = new HashSet<>();
    Instant started = Instant.now();
    retry.run(
        pool,
        connection -> {
          backends.add(query(connection, "SELECT pg_backend_pid()"));
          if (attempts.incrementAndGet() < 10) {
            execute(connection, "DO $$ BEGIN RAISE SQLSTATE '" + state + "'; END $$");
          }
        });

    assertThat(retries).hasValue(9);
    assertThat(backends).hasSize(1);
    // An outage is waited for as long after five attempts.
    assertThat(Duration.between(started, Instant.now())).isLessThan(Duration.ofSeconds(4));
  }

  @Test
  void transactionsInEachOthersWayDoNotOpenTheCircuit() throws SQLException {
    for (int i = 0; i < 3; i++) {
      attempts.set(0);
      retry.run(
          pool,
          connection -> {
            if (attempts.incrementAndGet() < 3) {
              execute(connection, "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$");
            }
          });
    }
    assertThat(pool.circuitBreaker().getState()).isEqualTo(State.CLOSED);
    assertThat(pool.circuitBreaker().getMetrics().getNumberOfFailedCalls()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"23514", "42P01", "P0001", "XX000"})
  void whatIsWrongWithTheStatementIsNotRepeatedAndLeavesTheCircuitClosed(String state) {
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(() -> retry.run(pool, connection -> execute(connection, raise(state))))
          .isInstanceOf(SQLException.class);
    }
    assertThat(retries).hasValue(0);
    assertThat(pool.circuitBreaker().getState()).isEqualTo(State.CLOSED);
  }

  @Test
  void aStatementThatTakesTooLongIsNotRepeated() {
    assertThatThrownBy(
            () ->
                retry.run(
                    pool,
                    Duration.ofMillis(300),
                    connection -> {
                      attempts.incrementAndGet();
                      execute(connection, "SELECT pg_sleep(30)");
                    }))
        .isInstanceOf(SQLTimeoutException.class);
    assertThat(attempts).hasValue(1);
    assertThat(pool.circuitBreaker().getMetrics().getNumberOfFailedCalls()).isZero();
  }

  /** As many as a worker has, for longer than five waits of a backoff take. */
  @Test
  void aHundredThreadsWaitForADatabaseThatIsAwayAndHardlyAskIt() throws Exception {
    Instant back = Instant.now().plusSeconds(12);
    AtomicInteger asked = new AtomicInteger();
    TransientRetry patient = new TransientRetry(() -> {});
    ExecutorService threads = Executors.newFixedThreadPool(100);
    try {
      List<Future<Object>> waiting = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        waiting.add(
            threads.submit(
                () -> {
                  patient.run(
                      pool,
                      connection -> {
                        if (Instant.now().isBefore(back)) {
                          asked.incrementAndGet();
                          execute(connection, raise("57P03"));
                        }
                        execute(connection, "INSERT INTO written VALUES ('back')");
                      });
                  return null;
                }));
      }
      for (Future<Object> one : waiting) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(DATABASE.query("SELECT count(*) FROM written")).isEqualTo("100");
    // Until the circuit opens those that were under way, then one a second.
    assertThat(asked).hasValueLessThan(40);
  }

  @Test
  void aClosedDoorIsWaitedAtNoLongerThanTheBudgetLasts() {
    pool.circuitBreaker().transitionToForcedOpenState();
    Instant started = Instant.now();
    assertThatThrownBy(
            () ->
                new TransientRetry(retries::incrementAndGet, Duration.ofSeconds(1))
                    .run(pool, connection -> attempts.incrementAndGet()))
        .isInstanceOf(SQLTransientConnectionException.class);
    assertThat(attempts).hasValue(0);
    assertThat(Duration.between(started, Instant.now())).isGreaterThan(Duration.ofMillis(500));
  }

  private static String raise(String state) {
    return "DO $$ BEGIN RAISE SQLSTATE '" + state + "'; END $$";
  }

  @Test
  void anOutageOpensTheCircuitUntilTheDatabaseIsBack() throws SQLException {
    assertThatThrownBy(
            () ->
                retry.run(
                    pool,
                    connection -> {
                      attempts.incrementAndGet();
                      execute(connection, "DO $$ BEGIN RAISE SQLSTATE '57P03'; END $$");
                    }))
        .isInstanceOf(SQLException.class);

    assertThat(retries).hasValueGreaterThanOrEqualTo(4);
    assertThat(opened).hasValue(1);
    assertThat(pool.circuitBreaker().getState()).isNotEqualTo(State.CLOSED);

    retry.run(pool, connection -> execute(connection, "INSERT INTO written VALUES ('back')"));
    retry.run(pool, connection -> execute(connection, "INSERT INTO written VALUES ('again')"));
    assertThat(DATABASE.query("SELECT count(*) FROM written")).isEqualTo("2");
    assertThat(pool.circuitBreaker().getState()).isEqualTo(State.CLOSED);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
