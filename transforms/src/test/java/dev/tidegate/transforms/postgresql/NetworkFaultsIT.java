package dev.tidegate.transforms.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.schemas.Table;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Connections that break, within a transaction or after its commit, lose no event and make no dead
 * letter.
 */
class NetworkFaultsIT {
  private static final List<Table> TABLES = List.of(Things.THINGS, Things.LINKS);

  private static final int BUNDLE = 20;

  @RegisterExtension
  static final PostgresExtension DATABASE =
      new PostgresExtension(
          Stream.concat(Stream.of(Things.DDL), Stream.of(CollidingThings.POISONED_LINKS))
              .toArray(String[]::new));

  private final CollidingThings source = new CollidingThings(5);
  private DatabaseProxy network;
  private BundleRunner runner;

  @BeforeEach
  void connect() throws Exception {
    network = new DatabaseProxy(DATABASE.configuration());
    runner = new BundleRunner(network.configuration(), TABLES);
  }

  @AfterEach
  void disconnect() {
    runner.close();
    network.close();
  }

  @Test
  void connectionsResetMidTransaction() throws Exception {
    runner.start(
        2,
        Duration.ofMillis(1),
        () -> {
          List<SampleEvent> bundle = source.next(30);
          bundle.add(source.poisonedLink());
          return bundle;
        });
    int cut = 0;
    // Each reset but the first comes as soon as transactions are under way again.
    for (int resets = 0; resets < 12; resets++) {
      await()
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> transactionsUnderWay() > 0);
      int before = runner.retries();
      network.resetAll();
      await()
          .atMost(Duration.ofSeconds(30))
          .pollDelay(Duration.ofMillis(300))
          .until(() -> transactionsUnderWay() > 0);
      cut += runner.retries() > before ? 1 : 0;
    }
    runner.finish();

    assertThat(cut).as("resets that met a transaction").isGreaterThanOrEqualTo(6);
    new Oracle(DATABASE.database(), TABLES).assertAgrees(runner);
  }

  @Test
  void connectionsResetBetweenACommitAndItsAnswer() throws Exception {
    runner.start(1, Duration.ofMillis(20), () -> source.next(BUNDLE));
    for (int lost = 0; lost < 5; lost++) {
      int writtenTwice = lost * BUNDLE;
      int answered = runner.acknowledgedCount();
      await().until(() -> runner.acknowledgedCount() > answered);
      network.loseTheAnswerToTheNextCommit();
      await().atMost(Duration.ofSeconds(30)).until(network::isSilent);
      // The server holds a bundle more than the sink has heard of: it will write that again.
      await()
          .untilAsserted(
              () ->
                  assertThat(writtenEvents())
                      .isEqualTo(runner.acknowledgedCount() + writtenTwice + BUNDLE));
      int before = runner.retries();
      network.resetSilent();
      await().atMost(Duration.ofSeconds(30)).until(() -> runner.retries() > before);
    }
    runner.finish();

    assertThat(writtenEvents() - runner.acknowledgedCount())
        .as("events that were committed, and written again because nobody knew")
        .isEqualTo(5 * BUNDLE);
    new Oracle(DATABASE.database(), TABLES).assertAgrees(runner);
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
