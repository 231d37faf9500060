package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.CollidingThings.TABLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that is there, but slow, full, read-only or without a connection to spare: events wait,
 * and go on by themselves when it is well again; the poison among them is found all the same.
 */
class ServerFaultsIT {
  private static final String ROLE = "limited";

  /**
   * What is in {@code fault} befalls the tables that triggers name: a disk that is full or broken
   * cannot be had here for real.
   */
  static final TestDatabase DATABASE =
      TestDatabase.create(
          CollidingThings.ddl(
              "CREATE TABLE fault (sqlstate text, seconds double precision)",
              """
              CREATE FUNCTION suffer() RETURNS trigger LANGUAGE plpgsql AS $$
              DECLARE found fault;
              BEGIN
                FOR found IN SELECT * FROM fault LOOP
                  PERFORM pg_sleep(found.seconds);
                  IF found.sqlstate IS NOT NULL AND TG_TABLE_NAME = 'links' THEN
                    RAISE EXCEPTION 'as told' USING ERRCODE = found.sqlstate;
                  END IF;
                END LOOP;
                RETURN NULL;
              END $$
              """,
              suffering("events"),
              suffering("things"),
              suffering("links")));

  private final CollidingThings source = new CollidingThings(7);
  private BundleRunner runner;

  private static String suffering(String table) {
    return "CREATE TRIGGER suffer BEFORE INSERT ON %s FOR EACH STATEMENT EXECUTE FUNCTION suffer()"
        .formatted(table);
  }

  @BeforeEach
  void connect() {
    runWith(TestConfiguration.of(DATABASE));
  }

  private void runWith(DatabaseConfiguration configuration) {
    runner = new BundleRunner(configuration, TABLES);
  }

  @AfterEach
  void healAndDisconnect() throws SQLException {
    runner.close();
    DATABASE.execute("DELETE FROM fault");
  }

  @ParameterizedTest
  @ValueSource(strings = {"53100", "53200", "58030", "57P03", "40001", "XX000"})
  void errorThatSpeaksOfTheServerIsWaitedOut(String sqlState) throws Exception {
    startWithPoison();
    runner.awaitAcknowledged(100);
    DATABASE.execute("INSERT INTO fault VALUES ('%s', 0)".formatted(sqlState));
    runner.awaitRetries(3);
    DATABASE.execute("DELETE FROM fault");
    runner.awaitAcknowledged(100);
    runner.finish();
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  @Test
  void diskThatIsFullForLongerThanTheRetriesLastFailsBundles() throws Exception {
    startWithPoison();
    runner.awaitAcknowledged(100);
    DATABASE.execute("INSERT INTO fault VALUES ('53100', 0)");
    await().untilAsserted(() -> assertThat(runner.failedBundles()).contains("53100"));
    DATABASE.execute("DELETE FROM fault");
    runner.awaitAcknowledged(100);
    runner.finish();
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  @Test
  void statementsOfTwoSecondsAreOnlySlow() throws Exception {
    DATABASE.execute("INSERT INTO fault VALUES (NULL, 2)");
    runner.start(2, Duration.ofMillis(1), () -> source.next(20));
    runner.awaitAcknowledged(2 * 20);
    DATABASE.execute("DELETE FROM fault");
    runner.awaitAcknowledged(100);
    runner.finish();
    assertThat(runner.retries()).isZero();
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  @Test
  void statementsThatTakeLongerThanTheyMayAreRepeated() throws Exception {
    DatabaseConfiguration patient = TestConfiguration.of(DATABASE);
    runner.close();
    runWith(
        new DatabaseConfiguration(
            patient.jdbcUrl(),
            patient.username(),
            patient.password(),
            patient.poolSize(),
            Duration.ofMillis(500),
            Duration.ofMillis(500)));
    startWithPoison();
    runner.awaitAcknowledged(100);
    DATABASE.execute("INSERT INTO fault VALUES (NULL, 1)");
    runner.awaitRetries(3);
    DATABASE.execute("DELETE FROM fault");
    runner.awaitAcknowledged(100);
    runner.finish();
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  @Test
  void cancelledStatementsAreRepeated() throws Exception {
    startWithPoison();
    int before = runner.retries();
    await()
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              DATABASE.query(
                  """
                  SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
                  WHERE application_name = 'tidegate' AND datname = current_database()
                    AND state = 'active'
                  """);
              return runner.retries() >= before + 5;
            });
    runner.awaitAcknowledged(100);
    runner.finish();
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  /**
   * As where a pool reaches a server that was made a replica: a connection stays read-only for as
   * long as it lives, also when the database is writable again.
   */
  @Test
  void databaseThatIsReadOnlyForAWhile() throws Exception {
    String database = DATABASE.query("SELECT current_database()");
    startWithPoison();
    runner.awaitAcknowledged(100);
    DATABASE.execute(
        "ALTER DATABASE %s SET default_transaction_read_only = on".formatted(database));
    terminateBackends();
    try {
      assertThatThrownBy(() -> DATABASE.execute("INSERT INTO fault VALUES ('00000', 0)"))
          .isInstanceOfSatisfying(
              SQLException.class, refused -> assertThat(refused.getSQLState()).isEqualTo("25006"));
      runner.awaitRetries(5);
    } finally {
      DATABASE.execute(
          "SET default_transaction_read_only = off",
          "ALTER DATABASE %s RESET default_transaction_read_only".formatted(database));
    }
    runner.awaitAcknowledged(100);
    runner.finish();
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  @Test
  void noConnectionToBeHad() throws Exception {
    DATABASE.execute(
        "CREATE ROLE %s LOGIN CONNECTION LIMIT 2".formatted(ROLE),
        "GRANT USAGE ON SCHEMA tidegate TO " + ROLE,
        "GRANT ALL ON ALL TABLES IN SCHEMA public, tidegate TO " + ROLE);
    DatabaseConfiguration all = TestConfiguration.of(DATABASE);
    DatabaseConfiguration limited =
        new DatabaseConfiguration(all.jdbcUrl(), ROLE, all.password(), 2);
    runner.close();
    runWith(limited);
    startWithPoison();
    runner.awaitAcknowledged(100);

    List<Connection> taken = new ArrayList<>();
    try {
      await()
          .pollInterval(Duration.ofMillis(20))
          .ignoreExceptionsInstanceOf(SQLException.class)
          .until(
              () -> {
                terminateBackends();
                taken.add(DriverManager.getConnection(limited.jdbcUrl(), ROLE, null));
                return taken.size() == 2;
              });
      assertThatThrownBy(() -> DriverManager.getConnection(limited.jdbcUrl(), ROLE, null))
          .isInstanceOfSatisfying(
              SQLException.class, refused -> assertThat(refused.getSQLState()).isEqualTo("53300"));
      runner.awaitRetries(2);
    } finally {
      for (Connection connection : taken) {
        connection.close();
      }
    }
    runner.awaitAcknowledged(100);
    runner.finish();
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  private void startWithPoison() {
    runner.start(2, Duration.ofMillis(50), () -> source.nextWithPoison(20));
  }

  private static void terminateBackends() throws SQLException {
    DATABASE.query(
        """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'tidegate' AND datname = current_database()
        """);
  }
}
