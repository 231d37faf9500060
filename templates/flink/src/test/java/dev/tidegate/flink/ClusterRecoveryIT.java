package dev.tidegate.flink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidegate.local.LocalOptions;
import dev.tidegate.local.LocalSystem;
import dev.tidegate.pubsub.Backlog;
import dev.tidegate.pubsub.EmbeddedPubsub;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Command;
import dev.tidegate.testing.Proof;
import dev.tidegate.testing.ProofSize;
import dev.tidegate.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar on a cluster of processes: through a killed TaskManager, a savepoint and a restart from
 * it, no notification is lost, and the tables are those of an undisturbed run.
 */
@Proof(
    name = "cluster-recovery",
    promise = "A Flink cluster loses nothing and its tables are those of an undisturbed run",
    faults = "kill -9 of a TaskManager under load, a savepoint and a resumption, repeats")
class ClusterRecoveryIT {
  private static final int NOTIFICATIONS = ProofSize.of(1_200, 4_500);
  private static final int BEFORE_THE_SAVEPOINT = NOTIFICATIONS * 2 / 3;
  private static final int WHILE_IT_IS_DOWN = NOTIFICATIONS / 6;
  private static final int EARLIER_ONES_REPEATED = ProofSize.of(100, 200);

  /** Between each hundred: some 400 a second. */
  private static final Duration PAUSE = Duration.ofMillis(250);

  private static final String SUBSCRIPTION = "projects/local-dev/subscriptions/cluster";

  private final Random random = new Random(1);

  private static final TestDatabase DATABASE = TestDatabase.create();

  @TempDir Path folder;

  private Path archive;
  private EmbeddedPubsub pubsub;
  private Topic topic;

  @Test
  void killedAndResumedFromASavepointItLosesNothing() throws Exception {
    Command.assumeInstalled("curl");
    List<byte[]> notifications = Notifications.generate(NOTIFICATIONS);
    TestDatabase expected = TestDatabase.createEmpty();
    archive = folder.resolve("archive");
    try (EmbeddedPubsub server = EmbeddedPubsub.start(folder.resolve("pubsub"), 0);
        LocalSystem undisturbed = startUndisturbed(server, expected)) {
      pubsub = server;
      new Topic(server.endpoint(), "projects/local-dev/topics/events")
          .publish(notifications, Duration.ZERO);
      awaitLedger(expected, NOTIFICATIONS);

      topic = new Topic(server.endpoint(), "projects/local-dev/topics/cluster");
      topic.create(SUBSCRIPTION);
      List<byte[]> inNoOrder = new ArrayList<>(notifications);
      Collections.shuffle(inNoOrder, random);
      try (TestCluster cluster = TestCluster.start(folder.resolve("cluster"))) {
        disturb(cluster, inNoOrder);
      }
      assertThat(TableContents.of(DATABASE)).isEqualTo(TableContents.of(expected));
    }
  }

  private void disturb(TestCluster cluster, List<byte[]> notifications) throws Exception {
    List<byte[]> first = notifications.subList(0, BEFORE_THE_SAVEPOINT);
    List<byte[]> second =
        notifications.subList(BEFORE_THE_SAVEPOINT, BEFORE_THE_SAVEPOINT + WHILE_IT_IS_DOWN);
    List<byte[]> third =
        notifications.subList(BEFORE_THE_SAVEPOINT + WHILE_IT_IS_DOWN, notifications.size());
    JobManager jobManager = cluster.jobManager();

    submit(cluster);
    String killed = jobManager.runningJob();
    await("start", () -> jobManager.state(killed).equals("RUNNING"));
    assertThat(jobManager.usedSlots()).as("both work").containsExactly(1, 1);
    List<byte[]> load = Notifications.mixed(first, some(first, first.size() / 10), random);
    CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> publish(load, PAUSE));
    awaitLedger(DATABASE, BEFORE_THE_SAVEPOINT / 4);
    await("a checkpoint", () -> jobManager.completedCheckpoints(killed) > 0);
    cluster.kill("taskmanager-1");
    long ledgerWhenKilled = ledgerOf(DATABASE);
    assertThat(ledgerWhenKilled).as("under load").isLessThan(BEFORE_THE_SAVEPOINT);
    await("a restart", () -> jobManager.restarts(killed) > 0);
    await("recovery", () -> jobManager.state(killed).equals("RUNNING"));
    assertThat(jobManager.restoredFrom(killed)).startsWith("checkpoint ");
    publishing.join();
    // Then what is delivered again after the kill has come, and the state knows all of it.
    awaitLedger(DATABASE, BEFORE_THE_SAVEPOINT);
    await("everything acknowledged", () -> isEmpty(pubsub.backlog(SUBSCRIPTION)));
    long restarts = jobManager.restarts(killed);
    String restoredFrom = jobManager.restoredFrom(killed);

    List<byte[]> goingOn = Notifications.mixed(second, some(first, second.size() / 10), random);
    publishing = CompletableFuture.runAsync(() -> publish(goingOn, PAUSE));
    String savepoint = cluster.run("stop");
    Map<String, Integer> archivedBefore = ArchiveRows.byNotification(archive, "raw_events");
    long ledgerWhenStopped = ledgerOf(DATABASE);
    // The killed one too, as an operator would.
    cluster.run("start");
    publishing.join();

    submit(cluster, "--savepoint=" + savepoint);
    String resumed = jobManager.runningJob();
    await("resumption", () -> jobManager.state(resumed).equals("RUNNING"));
    assertThat(jobManager.restoredFrom(resumed)).startsWith("savepoint ");
    List<byte[]> repeats = some(first, EARLIER_ONES_REPEATED);
    publish(Notifications.mixed(third, repeats, random), PAUSE);
    awaitLedger(DATABASE, NOTIFICATIONS);
    await("everything acknowledged", () -> isEmpty(pubsub.backlog(SUBSCRIPTION)));
    assertThat(jobManager.restarts(resumed)).as("restarts of the resumed job").isZero();
    cluster.run("stop");

    Map<String, Integer> archived = ArchiveRows.byNotification(archive, "raw_events");
    List<String> archivedAgain =
        repeats.stream()
            .map(ClusterRecoveryIT::idOf)
            .filter(id -> !archived.get(id).equals(archivedBefore.get(id)))
            .toList();
    int published = load.size() + goingOn.size() + third.size() + repeats.size();
    ProofSize.count(published);
    System.out.printf(
        """
        Flink cluster: %,d messages of %,d notifications published
          killed a TaskManager with %,d in the ledger: restarts %d, restored from %s
          stopped with a savepoint with %,d in the ledger, resumed from it
          repeats of notifications from before the savepoint, after it: %d published, %d archived
          ledger: %,d rows, written %,d times; archive: %,d rows of %,d notifications; dead letters: %d
        """,
        published,
        NOTIFICATIONS,
        ledgerWhenKilled,
        restarts,
        restoredFrom,
        ledgerWhenStopped,
        repeats.size(),
        archivedAgain.size(),
        ledgerOf(DATABASE),
        number(DATABASE, "SELECT sum(attempts) FROM events"),
        archived.values().stream().mapToInt(Integer::intValue).sum(),
        archived.size(),
        number(DATABASE, "SELECT count(*) FROM event_dead_letters"));
    assertThat(archived.keySet())
        .as("archived notifications")
        .containsExactlyInAnyOrderElementsOf(
            notifications.stream().map(ClusterRecoveryIT::idOf).toList());
    assertThat(archivedAgain).as("repeats that the state of the savepoint let pass").isEmpty();
    assertThat(number(DATABASE, "SELECT count(*) FROM event_dead_letters")).isZero();
    assertThat(ArchiveRows.byNotification(archive, "dead_letters")).isEmpty();
  }

  private LocalSystem startUndisturbed(EmbeddedPubsub server, TestDatabase expected)
      throws IOException {
    return LocalSystem.start(
        new LocalOptions(
            folder.resolve("undisturbed"),
            new LocalOptions.Ports(0, 0, 0),
            new LocalOptions.Pubsub(
                Optional.of(server.endpoint()), "local-dev", "events", "undisturbed"),
            Optional.of(new LocalOptions.Database(expected.jdbcUrl(), TestDatabase.USERNAME)),
            Optional.empty(),
            LocalOptions.Runner.FLINK,
            LocalOptions.parallelismOfThisMachine(),
            Optional.empty(),
            List.of(),
            List.of()),
        step -> {});
  }

  private void submit(TestCluster cluster, String... arguments) throws IOException {
    List<String> words = new ArrayList<>(List.of("streaming"));
    words.addAll(List.of(arguments));
    words.addAll(
        List.of(
            "--",
            "--inputSubscription=" + SUBSCRIPTION,
            "--pubsubRootUrl=http://" + pubsub.endpoint(),
            "--credentialFactoryClass="
                + "org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory",
            "--archiveMethod=FILES",
            "--archiveFolder=" + archive,
            "--jdbcUrl=" + DATABASE.jdbcUrl(),
            "--jdbcUsername=" + TestDatabase.USERNAME));
    cluster.run("submit", words.toArray(String[]::new));
  }

  private void publish(List<byte[]> bodies, Duration pause) {
    try {
      topic.publish(bodies, pause);
    } catch (IOException | InterruptedException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private List<byte[]> some(List<byte[]> bodies, int count) {
    return Notifications.some(bodies, count, random);
  }

  private static void awaitLedger(TestDatabase database, long rows) {
    await("%d rows in the ledger".formatted(rows), () -> ledgerOf(database) >= rows);
  }

  private static long ledgerOf(TestDatabase database) {
    return number(database, "SELECT count(*) FROM events");
  }

  private static long number(TestDatabase database, String query) {
    try {
      return Long.parseLong(database.query(query));
    } catch (SQLException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** Waits, and tells how long it took. */
  private static void await(String what, BooleanSupplier reached) {
    long start = System.nanoTime();
    Awaitility.await(what).pollInterval(Duration.ofMillis(250)).until(reached::getAsBoolean);
    System.out.printf("%5.1f s for %s%n", (System.nanoTime() - start) / 1e9, what);
  }

  private static boolean isEmpty(Backlog backlog) {
    return backlog.undelivered() == 0 && backlog.outstanding() == 0;
  }

  private static String idOf(byte[] body) {
    try {
      return Json.parse(body).path("data").path("id").asText();
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
