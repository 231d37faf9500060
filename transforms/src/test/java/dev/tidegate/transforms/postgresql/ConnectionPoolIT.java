package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.tidegate.testing.Patience;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectionPoolIT {
  static final TestDatabase DATABASE = TestDatabase.create("CREATE TABLE notes (note text)");

  @Test
  void equalConfigurationsShareAPoolUntilTheLastIsClosed() throws SQLException {
    ConnectionPool first = ConnectionPool.open(TestConfiguration.of(DATABASE));
    ConnectionPool second = ConnectionPool.open(TestConfiguration.of(DATABASE));
    assertThat(second).isSameAs(first);
    first.close();
    try (Connection connection = second.connection()) {
      assertThat(connection.isValid(1)).isTrue();
    }
    second.close();
    assertThatThrownBy(second::connection).isInstanceOf(SQLException.class);
    try (ConnectionPool third = ConnectionPool.open(TestConfiguration.of(DATABASE))) {
      assertThat(third).isNotSameAs(first);
      try (Connection connection = third.connection()) {
        assertThat(connection.isValid(1)).isTrue();
      }
    }
  }

  @Test
  void anotherConfigurationIsAnotherPool() {
    DatabaseConfiguration one = TestConfiguration.of(DATABASE);
    DatabaseConfiguration other =
        new DatabaseConfiguration(one.jdbcUrl(), one.username(), one.password(), 1);
    try (ConnectionPool first = ConnectionPool.open(one);
        ConnectionPool second = ConnectionPool.open(other)) {
      assertThat(second).isNotSameAs(first);
    }
  }

  /** Within one it would keep the server from reusing the room of every table's old rows. */
  @Test
  void aConnectionThatNobodyUsesIsInNoTransaction() throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE));
        Connection ignored = pool.connection()) {
      assertThat(
              DATABASE.query(
                  "SELECT string_agg(DISTINCT state, ' ') FROM pg_stat_activity"
                      + " WHERE application_name = 'tidegate' AND datname = current_database()"))
          .isEqualTo("idle");
    }
  }

  @Test
  void whatWasNotCommittedIsRolledBack() throws SQLException {
    try (ConnectionPool pool = ConnectionPool.open(TestConfiguration.of(DATABASE))) {
      try (Connection connection = pool.connection();
          Statement statement = connection.createStatement()) {
        assertThat(connection.getAutoCommit()).isFalse();
        statement.execute("INSERT INTO notes VALUES ('lost')");
      }
      assertThat(DATABASE.query("SELECT count(*) FROM notes")).isEqualTo("0");
    }
  }

  @Test
  void manyThreadsWaitForFewConnectionsInTurn() throws Exception {
    DatabaseConfiguration database = TestConfiguration.of(DATABASE);
    DatabaseConfiguration single =
        new DatabaseConfiguration(database.jdbcUrl(), database.username(), database.password(), 1);
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try (ConnectionPool pool = ConnectionPool.open(single)) {
      AtomicReference<Future<?>> waiting = new AtomicReference<>();
      pool.use(
          connection -> {
            waiting.set(
                thread.submit(
                    () -> {
                      new TransientRetry(() -> fail("waiting is no failure"))
                          .run(pool, other -> {});
                      return null;
                    }));
            // Longer than a connection may take.
            assertThatThrownBy(() -> waiting.get().get(11, TimeUnit.SECONDS))
                .isInstanceOf(TimeoutException.class);
          });
      waiting.get().get(Patience.LONGEST.toSeconds(), TimeUnit.SECONDS);
      assertThat(pool.circuitBreaker().getMetrics().getNumberOfFailedCalls()).isZero();
    } finally {
      thread.shutdownNow();
    }
  }

  @Test
  void statementsAndLocksAreBounded() throws SQLException {
    DatabaseConfiguration database = TestConfiguration.of(DATABASE);
    DatabaseConfiguration bounded =
        new DatabaseConfiguration(
            database.jdbcUrl(),
            database.username(),
            database.password(),
            1,
            Duration.ofSeconds(7),
            Duration.ofMillis(1500));
    try (ConnectionPool pool = ConnectionPool.open(bounded);
        Connection connection = pool.connection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'),"
                    + " current_setting('application_name')")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("1500ms");
      assertThat(row.getString(2)).isEqualTo("7s");
      assertThat(row.getString(3)).isEqualTo("tidegate");
    }
  }

  @ParameterizedTest
  @CsvSource({"off, on", "local, local", "remote_apply, remote_apply"})
  void whatIsCommittedSurvivesACrashOfTheServer(String server, String pool) throws SQLException {
    DATABASE.execute(
        "ALTER ROLE postgres IN DATABASE %s SET synchronous_commit = %s"
            .formatted(DATABASE.query("SELECT current_database()"), server));
    try (ConnectionPool connections = ConnectionPool.open(TestConfiguration.of(DATABASE));
        Connection connection = connections.connection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW synchronous_commit")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo(pool);
    }
  }

  @Test
  void theUrlsOptionsReachTheDriver() {
    DatabaseConfiguration database = TestConfiguration.of(DATABASE);
    DatabaseConfiguration overTls =
        new DatabaseConfiguration(
            database.jdbcUrl() + "?sslmode=require&connectTimeout=2",
            database.username(),
            database.password(),
            1);
    try (ConnectionPool pool = ConnectionPool.open(overTls)) {
      assertThatThrownBy(pool::connection)
          .as("the test's server has no TLS")
          .rootCause()
          .hasMessageContaining("SSL");
    }
  }

  @Test
  void poolOpensThoughTheDatabaseIsAway() {
    DatabaseConfiguration nowhere =
        new DatabaseConfiguration(
            "jdbc:postgresql://localhost:1/none", "nobody", "TIDEGATE_TEST_PASSWORD", 1);
    ConnectionPool.open(nowhere).close();
  }
}
