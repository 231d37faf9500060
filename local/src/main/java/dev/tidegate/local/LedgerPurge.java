package dev.tidegate.local;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.archive.ArchiveTable;
import dev.tidegate.transforms.files.NdjsonFolder;
import dev.tidegate.transforms.postgresql.ConnectionPool;
import dev.tidegate.transforms.postgresql.DatabaseConfiguration;
import dev.tidegate.transforms.postgresql.DiscardedLetters;
import dev.tidegate.transforms.postgresql.DiscardedLetters.Discard;
import dev.tidegate.transforms.postgresql.LedgerRetention;
import dev.tidegate.transforms.postgresql.SourceUpkeep;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does for a local system what the pipeline's steps PurgeLedger and ArchiveDiscards do elsewhere.
 * It sleeps in between, which those steps do not do on embedded Flink.
 */
final class LedgerPurge implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerPurge.class);

  private final ConnectionPool pool;
  private final LedgerRetention ledger;
  private final SourceUpkeep upkeep;
  private final DiscardedLetters discarded;
  private final NdjsonFolder<EventOutcome> outcomes;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, Long> counters = new ConcurrentHashMap<>();
  private final Thread thread;

  private LedgerPurge(ConnectionPool pool, Duration retention, List<String> upkeep, Path archive) {
    this.pool = pool;
    ledger = new LedgerRetention(pool, retention);
    this.upkeep = new SourceUpkeep(pool, upkeep);
    discarded = new DiscardedLetters(pool);
    outcomes = new NdjsonFolder<>(archive, ArchiveTable.EVENT_OUTCOMES);
    thread = new Thread(this::run, "ledger-purge");
    thread.setDaemon(true);
  }

  /**
   * Purges the ledger in {@code database} now, and then every minute.
   *
   * @param upkeep what sources want done every other second
   * @param archive gets to know of discards, after some seconds
   */
  static LedgerPurge start(
      DatabaseConfiguration database, Duration retention, List<String> upkeep, Path archive) {
    LedgerPurge purge = new LedgerPurge(ConnectionPool.open(database), retention, upkeep, archive);
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
    try {
      outcomes.close();
    } catch (IOException failure) {
      LOG.warn("a file of the archive stays open", failure);
    }
  }

  private void run() {
    long nextPurge = System.nanoTime();
    long nextDiscards = nextPurge;
    try {
      do {
        if (System.nanoTime() - nextPurge >= 0) {
          nextPurge = System.nanoTime() + LedgerRetention.PERIOD.toNanos();
          purge();
        }
        if (System.nanoTime() - nextDiscards >= 0) {
          nextDiscards = System.nanoTime() + DiscardedLetters.PERIOD.toNanos();
          archiveDiscards();
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

  private void archiveDiscards() {
    try {
      for (List<Discard> some = discarded.unknown(List.of());
          !some.isEmpty();
          some = discarded.unknown(List.of())) {
        for (Discard discard : some) {
          outcomes.append(discard.outcome());
        }
        outcomes.sync();
        discarded.setArchived(some);
        count(PipelineMetrics.OUTCOMES_ARCHIVED.getName().getName(), some.size());
      }
      // Completes files of which the time is over.
      outcomes.sync();
    } catch (IOException | SQLException | RuntimeException failure) {
      LOG.warn("the archive learns of discarded letters later: {}", failure.toString());
    }
  }

  private void count(String name, long number) {
    if (number > 0) {
      counters.merge(name, number, Long::sum);
    }
  }
}
