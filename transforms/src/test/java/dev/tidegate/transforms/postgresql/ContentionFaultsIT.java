package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.CollidingThings.TABLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.testing.Patience;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Writers that meet each other, and others that lock rows in any order or for long: who has to give
 * way does it all again, and nothing is lost.
 */
@Proof(
    name = "four-writers",
    promise = "Writers of the same rows never deadlock, give way to nobody, and the newest wins",
    faults = "four writers on 100 keys, repeats, deadlocks and locks of others, 40001")
class ContentionFaultsIT {
  /** How long writers meet. */
  private static final Duration MEETING =
      ProofSize.of(Duration.ofSeconds(5), Duration.ofMinutes(1));

  private static final int EVENTS_A_SECOND = 150;

  static final TestDatabase DATABASE = TestDatabase.create(CollidingThings.ddl());

  private final CollidingThings source = new CollidingThings(11);

  /** New events at a steady rate, among others that come once more: as many as can be written. */
  private List<SampleEvent> whatIsDue(long start) {
    long elapsed = System.nanoTime() - start;
    long due = elapsed * EVENTS_A_SECOND / Duration.ofSeconds(1).toNanos() - source.told();
    List<SampleEvent> bundle = source.next((int) Math.max(1, Math.min(50, due)));
    bundle.addAll(source.repeats(50, 500));
    return bundle;
  }

  @Test
  void fourWritersOverTheSameHundredKeys() throws Exception {
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES)) {
      long start = System.nanoTime();
      runner.start(4, Duration.ofMillis(1), () -> whatIsDue(start));
      await()
          .pollDelay(MEETING)
          .atMost(MEETING.plus(Patience.LONGEST))
          .until(() -> runner.acknowledgedCount() > 0);
      runner.finish();

      System.out.printf(
          "Four writers for %d s: %d events, delivered %d times, %d retries%n",
          MEETING.toSeconds(), source.told(), runner.acknowledgedCount(), runner.retries());
      ProofSize.count(runner.acknowledgedCount());
      assertThat(runner.retries()).as("nobody has to give way").isZero();
      assertThat(
              DATABASE.query(
                  "SELECT count(*) FROM things WHERE tenant_id = '%s'".formatted(runner.tenant())))
          .isEqualTo(Integer.toString(CollidingThings.KEYS));
      new Oracle(DATABASE, TABLES).assertAgrees(runner);
    }
  }

  @Test
  void deadlocksWithOthers() throws Exception {
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES);
        Connection other = DATABASE.connect();
        Statement statement = other.createStatement()) {
      long before = deadlocks();
      // The other waits for the sink to give way.
      statement.execute("SET deadlock_timeout = '60s'");
      other.setAutoCommit(false);
      runner.start(2, Duration.ofMillis(20), () -> source.next(100));
      runner.awaitAcknowledged(500);
      await()
          .until(
              () -> {
                statement.execute(lock(runner, CollidingThings.KEYS - 1));
                await().until(() -> writersThatWait() > 0);
                statement.execute(lock(runner, 0));
                other.rollback();
                return deadlocks() >= before + 3 && runner.retries() >= 3;
              });
      runner.finish();
      new Oracle(DATABASE, TABLES).assertAgrees(runner);
    }
  }

  @Test
  void rowThatIsLockedForLongerThanTheSinkWaits() throws Exception {
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES);
        Connection other = DATABASE.connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      runner.start(2, Duration.ofMillis(20), () -> source.next(100));
      runner.awaitAcknowledged(500);
      long before = deadlocks();
      statement.execute(lock(runner, 50));
      // A statement that may wait for 10 s and no longer.
      runner.awaitRetries(1);
      assertThat(deadlocks()).isEqualTo(before);
      other.rollback();
      runner.awaitAcknowledged(500);
      runner.finish();
      new Oracle(DATABASE, TABLES).assertAgrees(runner);
    }
  }

  /** Where a database's administrator chose this isolation, writers that meet fail with 40001. */
  @Test
  void serializationFailures() throws Exception {
    String database = DATABASE.query("SELECT current_database()");
    DATABASE.execute(
        "ALTER DATABASE %s SET default_transaction_isolation = 'repeatable read'"
            .formatted(database));
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(DATABASE), TABLES)) {
      runner.start(4, Duration.ofMillis(100), () -> source.next(20));
      runner.awaitRetries(10);
      runner.awaitAcknowledged(200);
      runner.finish();
      new Oracle(DATABASE, TABLES).assertAgrees(runner);
    } finally {
      DATABASE.execute("ALTER DATABASE %s RESET default_transaction_isolation".formatted(database));
    }
  }

  private static String lock(BundleRunner runner, int key) {
    return "SELECT FROM things WHERE tenant_id = '%s' AND id = '%s' FOR UPDATE"
        .formatted(runner.tenant(), CollidingThings.key(key));
  }

  private static long deadlocks() throws SQLException {
    return Long.parseLong(
        DATABASE.query(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"));
  }

  private static long writersThatWait() throws SQLException {
    return Long.parseLong(
        DATABASE.query(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = 'tidegate' AND datname = current_database()
              AND wait_event_type = 'Lock'
            """));
  }
}
