package dev.tidegate.transforms.postgresql;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tidegate.schemas.Table;
import dev.tidegate.testing.Patience;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Plays the runner's part towards the sink: hands it bundles, and where one fails, the same bundle
 * again, as often as it takes. What a failed bundle put out is forgotten: a runner drops it too.
 */
final class BundleRunner implements AutoCloseable {
  private static final AtomicInteger TENANTS = new AtomicInteger();

  /** No fault here lasts longer: a bundle that still fails then is not repeated but stuck. */
  private static final Duration STUCK = Patience.LONGEST;

  /** How long the sink waits by itself. */
  private static final Duration BUDGET = Duration.ofSeconds(8);

  private final String tenant = "tenant-" + TENANTS.incrementAndGet();
  private final DatabaseConfiguration configuration;
  private final ConnectionPool pool;
  private final EventWriter writer;
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(4);

  private final AtomicInteger retries = new AtomicInteger();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final Queue<SampleEvent> acknowledged = new ConcurrentLinkedQueue<>();
  private final Queue<Letter> letters = new ConcurrentLinkedQueue<>();
  private final Queue<String> failedBundles = new ConcurrentLinkedQueue<>();

  /** An event that the database refused, and the reason. */
  record Letter(String id, String reason) {}

  /**
   * @param tables those that the events speak of, in the order in which they are locked
   */
  BundleRunner(DatabaseConfiguration configuration, List<Table> tables) {
    this.configuration = configuration;
    pool = ConnectionPool.open(configuration);
    writer =
        new EventWriter(pool, new TransientRetry(retries::incrementAndGet, BUDGET), tables, true);
  }

  /** The tenant of all its events. */
  String tenant() {
    return tenant;
  }

  /** Hands over a bundle, until it is taken. */
  void deliver(List<SampleEvent> bundle) {
    List<EventWriter.Entry> batch = bundle.stream().map(event -> event.entry(tenant)).toList();
    long stuckAt = System.nanoTime() + STUCK.toNanos();
    while (true) {
      List<Letter> refused = new ArrayList<>();
      try {
        writer.write(
            batch,
            (entry, reason) -> refused.add(new Letter(entry.event().notificationId(), reason)));
        letters.addAll(refused);
        acknowledged.addAll(bundle);
        return;
      } catch (SQLException failed) {
        failedBundles.add(String.valueOf(failed.getSQLState()));
        if (System.nanoTime() > stuckAt) {
          throw new AssertionError("the bundle fails and fails: " + failedBundles, failed);
        }
      }
    }
  }

  /** Hands over bundle after bundle in threads of its own, each with a pause before the next. */
  void start(int writers, Duration pause, Supplier<List<SampleEvent>> bundles) {
    for (int i = 0; i < writers; i++) {
      var unused =
          threads.scheduleWithFixedDelay(
              () -> {
                try {
                  deliver(bundles.get());
                } catch (RuntimeException | Error failed) {
                  failure.compareAndSet(null, failed);
                  throw failed;
                }
              },
              0,
              pause.toMillis(),
              MILLISECONDS);
    }
  }

  /** Starts no more bundles, and waits until those under way are taken. */
  void finish() throws InterruptedException {
    threads.shutdown();
    assertThat(threads.awaitTermination(STUCK.toSeconds() + 80, TimeUnit.SECONDS)).isTrue();
    assertNoneFailed();
  }

  private void assertNoneFailed() {
    assertThat(failure).hasNullValue();
  }

  /** Waits until so many more events are taken. */
  void awaitAcknowledged(int more) {
    int before = acknowledged.size();
    await().failFast(this::assertNoneFailed).until(() -> acknowledged.size() >= before + more);
  }

  /** Waits until the sink has repeated so many more transactions. */
  void awaitRetries(int more) {
    int before = retries.get();
    await().failFast(this::assertNoneFailed).until(() -> retries.get() >= before + more);
  }

  /** The events of all bundles that were taken, the refused among them. */
  List<SampleEvent> acknowledged() {
    return List.copyOf(acknowledged);
  }

  int acknowledgedCount() {
    return acknowledged.size();
  }

  List<Letter> letters() {
    return List.copyOf(letters);
  }

  /** How often the sink repeated a transaction by itself. */
  int retries() {
    return retries.get();
  }

  /** The SQLSTATE of each time when the sink gave up, and the bundle was repeated. */
  List<String> failedBundles() {
    return List.copyOf(failedBundles);
  }

  /** A pool that lost a connection to a failed transaction could not give all of them at once. */
  void assertNoConnectionLeaked() throws SQLException {
    List<Connection> all = new ArrayList<>();
    try {
      for (int i = 0; i < configuration.poolSize(); i++) {
        all.add(pool.connection());
      }
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    pool.close();
  }
}
