package dev.tidegate.local;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.LedgerRetention;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes what the ledger of a local system has kept long enough. It sleeps between the minutes,
 * which the pipeline's own step for this does not do on embedded Flink.
 */
final class LedgerPurge implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerPurge.class);

  private final ConnectionPool pool;
  private final LedgerRetention ledger;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, Long> counters = new ConcurrentHashMap<>();
  private final Thread thread;

  private LedgerPurge(ConnectionPool pool, Duration retention) {
    this.pool = pool;
    ledger = new LedgerRetention(pool, retention);
    thread = new Thread(this::run, "ledger-purge");
    thread.setDaemon(true);
  }

  /** Purges the ledger in {@code database} now, and then every minute. */
  static LedgerPurge start(DatabaseConfiguration database, Duration retention) {
    LedgerPurge purge = new LedgerPurge(ConnectionPool.open(database), retention);
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
    try {
      do {
        purge();
      } while (!closing.await(LedgerRetention.PERIOD.toMillis(), TimeUnit.MILLISECONDS));
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
