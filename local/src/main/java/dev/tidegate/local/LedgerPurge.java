package dev.tidegate.local;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.LedgerRetention;
import dev.tidegate.transforms.postgresql.SourceUpkeep;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does for a local system what the pipeline's step PurgeLedger does elsewhere. It sleeps in
 * between, which that step does not do on embedded Flink.
 */
final class LedgerPurge implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerPurge.class);

  private final ConnectionPool pool;
  private final LedgerRetention ledger;
  private final SourceUpkeep upkeep;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, Long> counters = new ConcurrentHashMap<>();
  private final Thread thread;

  private LedgerPurge(ConnectionPool pool, Duration retention, List<String> upkeep) {
    this.pool = pool;
    ledger = new LedgerRetention(pool, retention);
    this.upkeep = new SourceUpkeep(pool, upkeep);
    thread = new Thread(this::run, "ledger-purge");
    thread.setDaemon(true);
  }

  /**
   * Purges the ledger in {@code database} now, and then every minute.
   *
   * @param upkeep what sources want done every other second
   */
  static LedgerPurge start(
      DatabaseConfiguration database, Duration retention, List<String> upkeep) {
    LedgerPurge purge = new LedgerPurge(ConnectionPool.open(database), retention, upkeep);
    purge.thread.start();
    return purge;
  }

  /** What has been deleted, by the names of the pipeline's counters. */
  Map<String, Long> counters() {
    return Map.copyOf(counters);
  }

  @Override
  public void close() {
    closing.countDown();
    // It may be deleting.
    thread.interrupt();
    Uninterruptibles.joinUninterruptibly(thread);
    pool.close();
  }

  private void run() {
    long nextPurge = System.nanoTime();
    try {
      do {
        if (System.nanoTime() - nextPurge >= 0) {
          nextPurge = System.nanoTime() + LedgerRetention.PERIOD.toNanos();
          purge();
        }
        upkeep.run();
      } while (!closing.await(SourceUpkeep.PERIOD.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void purge() {
    try {
      LedgerRetention.Result result = ledger.run();
      count(PipelineMetrics.LEDGER_ROWS_DELETED.getName().getName(), result.rowsDeleted());
      count(
          PipelineMetrics.LEDGER_PARTITIONS_DROPPED.getName().getName(),
          result.partitionsDropped());
    } catch (RuntimeException failure) {
      LOG.warn("the ledger is purged a minute later", failure);
    }
  }

  private void count(String name, long number) {
    if (number > 0) {
      counters.merge(name, number, Long::sum);
    }
  }
}
