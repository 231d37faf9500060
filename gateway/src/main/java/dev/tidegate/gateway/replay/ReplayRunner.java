package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the replays that nobody else works on, a few at once. Everything that it knows is in the
 * database: another gateway, or the next start of this one, goes on where it stopped.
 */
final class ReplayRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayRunner.class);
  private static final int MOST_AT_ONCE = 4;

  private final LedgerDatabase database;
  private final ReplayLease leases;
  private final ReplayPublisher publisher;
  private final ReplayTiming timing;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Semaphore wanted = new Semaphore(0);
  private final Semaphore free = new Semaphore(MOST_AT_ONCE);
  private final ExecutorService threads = Executors.newCachedThreadPool(ReplayRunner::daemon);
  private final Thread watcher = daemon(this::lookAfter);

  ReplayRunner(LedgerDatabase database, ReplayPublisher publisher, ReplayTiming timing) {
    this.database = database;
    this.publisher = publisher;
    this.timing = timing;
    this.leases = new ReplayLease(database, timing.lease());
    watcher.start();
  }

  /** Looks for replays at once, and not at the next turn only. */
  void wake() {
    wanted.release();
  }

  private void lookAfter() {
    while (stopping.getCount() > 0) {
      try {
        claimAll();
      } catch (SQLException | ProblemException away) {
        LOG.debug("replays cannot be looked for now: {}", away.getMessage());
      } catch (RuntimeException failure) {
        LOG.error("replays cannot be looked for", failure);
      }
      try {
        if (wanted.tryAcquire(timing.poll().toMillis(), TimeUnit.MILLISECONDS)) {
          wanted.drainPermits();
        }
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void claimAll() throws SQLException {
    while (stopping.getCount() > 0 && free.tryAcquire()) {
      Optional<Replay> claimed = Optional.empty();
      try {
        claimed = leases.claim();
      } finally {
        if (claimed.isEmpty()) {
          free.release();
        }
      }
      if (claimed.isEmpty()) {
        return;
      }
      ReplayRun run = new ReplayRun(database, leases, publisher, timing, stopping, claimed.get());
      threads.execute(
          () -> {
            try {
              run.run();
            } finally {
              free.release();
            }
          });
    }
  }

  /** Writes down how far the replays are, and lets go of them. */
  @Override
  public void close() {
    stopping.countDown();
    wake();
    try {
      // What it has claimed last must still be let go of by its run.
      watcher.join(timing.publish().toMillis());
      threads.shutdown();
      if (!threads.awaitTermination(timing.publish().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("replays did not stop in time: what they published last is published again");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "replay");
    thread.setDaemon(true);
    return thread;
  }
}
