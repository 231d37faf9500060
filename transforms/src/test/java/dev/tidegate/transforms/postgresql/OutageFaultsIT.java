package dev.tidegate.transforms.postgresql;

import static dev.tidegate.transforms.postgresql.CollidingThings.TABLES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.testing.Patience;
import dev.tidegate.testing.PostgresServer;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server that is stopped amid the load, and started again: what was under way waits for it, and
 * nothing is lost, written in part, or taken for poison.
 */
@Proof(
    name = "database-outage",
    promise = "A database that is away is waited for: nothing is lost or taken for poison",
    faults = "PostgreSQL stopped and crashed under load, poison in each batch")
class OutageFaultsIT {
  @TempDir static Path data;

  private static PostgresServer server;
  private static TestDatabase database;

  private final CollidingThings source = new CollidingThings(13);

  @BeforeAll
  static void startServer() throws Exception {
    server = PostgresServer.start(data);
    database = server.createDatabase(CollidingThings.ddl());
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.close();
  }

  @Test
  void serverIsStopped() throws Exception {
    assertSurvived(server::stop, ProofSize.of(Duration.ofSeconds(12), Duration.ofSeconds(60)));
  }

  @Test
  void serverCrashesAndRecovers() throws Exception {
    assertSurvived(server::crash, Duration.ofSeconds(3));
  }

  private void assertSurvived(Runnable stop, Duration away) throws Exception {
    try (BundleRunner runner = new BundleRunner(TestConfiguration.of(database), TABLES)) {
      runner.start(2, Duration.ofMillis(20), () -> source.nextWithPoison(20));
      runner.awaitAcknowledged(1_000);
      stop.run();
      await()
          .during(away)
          .atMost(away.plus(Patience.LONGEST))
          .pollInterval(Duration.ofSeconds(1))
          .until(OutageFaultsIT::isDown);
      server.startAgain();
      runner.awaitAcknowledged(500);
      runner.finish();

      ProofSize.count(runner.acknowledgedCount());
      assertThat(runner.retries()).isPositive();
      new Oracle(database, TABLES).assertAgrees(runner);
    }
  }

  private static boolean isDown() {
    try (Connection up = database.connect()) {
      return up.isClosed();
    } catch (SQLException down) {
      return true;
    }
  }
}
