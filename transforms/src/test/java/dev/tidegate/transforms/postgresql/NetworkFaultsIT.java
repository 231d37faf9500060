package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.CollidingThings.TABLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Connections that break, within a transaction or after its commit, lose no event and make no dead
 * letter.
 */
class NetworkFaultsIT {
  private static final int BUNDLE = 20;
  private static final int RESETS = 12;

  static final TestDatabase DATABASE = TestDatabase.create(CollidingThings.ddl());

  private final CollidingThings source = new CollidingThings(5);
  private DatabaseProxy network;
  private BundleRunner runner;

  @BeforeEach
  void connect() throws Exception {
    network = new DatabaseProxy(TestConfiguration.of(DATABASE));
    runner = new BundleRunner(network.configuration(), TABLES);
  }

  @AfterEach
  void disconnect() {
    runner.close();
    network.close();
  }

  @Test
  void connectionsResetMidTransaction() throws Exception {
    runner.start(2, Duration.ofMillis(1), () -> source.nextWithPoison(31));
    for (int resets = 0; resets < RESETS; resets++) {
      await().pollDelay(Duration.ofMillis(300)).until(() -> transactionsUnderWay() > 0);
      network.resetAll();
    }
    runner.finish();

    assertThat(runner.retries())
        .as("resets that met a transaction")
        .isGreaterThanOrEqualTo(RESETS / 2);
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  @Test
  void connectionsResetBetweenACommitAndItsAnswer() throws Exception {
    runner.start(1, Duration.ofMillis(20), () -> source.next(BUNDLE));
    for (int lost = 0; lost < 5; lost++) {
      int writtenTwice = lost * BUNDLE;
      runner.awaitAcknowledged(1);
      network.loseTheAnswerToTheNextCommit();
      await().until(network::isSilent);
      // The server holds a bundle more than the sink has heard of: it will write that again.
      await()
          .untilAsserted(
              () ->
                  assertThat(writtenEvents())
                      .isEqualTo(runner.acknowledgedCount() + writtenTwice + BUNDLE));
      int before = runner.retries();
      network.resetSilent();
      await().until(() -> runner.retries() > before);
    }
    runner.finish();

    assertThat(writtenEvents() - runner.acknowledgedCount())
        .as("events that were committed, and written again because nobody knew")
        .isEqualTo(5 * BUNDLE);
    new Oracle(DATABASE, TABLES).assertAgrees(runner);
  }

  /** How many events were committed, a repeated one as often as it was. */
  private long writtenEvents() throws SQLException {
    return Long.parseLong(
        DATABASE.query(
            "SELECT coalesce(sum(attempts), 0) FROM events WHERE tenant_id = '%s'"
                .formatted(runner.tenant())));
  }

  private static long transactionsUnderWay() throws SQLException {
    return Long.parseLong(
        DATABASE.query(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = 'tidegate' AND datname = current_database()
              AND xact_start IS NOT NULL
            """));
  }
}
