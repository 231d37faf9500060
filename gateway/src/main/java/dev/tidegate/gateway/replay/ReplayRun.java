package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.operations.ReplayBatch.Entry;
import dev.tidegate.gateway.operations.ReplayLease.Progress;
import dev.tidegate.gateway.operations.ReplayPublisher.Outcome;
import dev.tidegate.gateway.store.LedgerDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on one replay: reads a batch, publishes it at the replay's rate, writes down how far it is,
 * and so on, until it is through, held up, or publishing fails. What is not written down is
 * published again: at least once, and nothing is left out.
 */
final class ReplayRun implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayRun.class);
  private static final int MOST_EVENTS = 100;

  private final LedgerDatabase database;
  private final ReplayLease leases;
  private final ReplayPublisher publisher;
  private final ReplayTiming timing;
  private final CountDownLatch stopping;
  private Replay replay;

  /** When the next event may be published; after a pause nothing is caught up. */
  private long due = System.nanoTime();

  /**
   * @param stopping ends the run after the event that is being published
   */
  ReplayRun(
      LedgerDatabase database,
      ReplayLease leases,
      ReplayPublisher publisher,
      ReplayTiming timing,
      CountDownLatch stopping,
      Replay replay) {
    this.database = database;
    this.leases = leases;
    this.publisher = publisher;
    this.timing = timing;
    this.stopping = stopping;
    this.replay = replay;
  }

  @Override
  public void run() {
    try {
      try {
        while (stopping.getCount() > 0 && publishBatch()) {
          // Until there is nothing to do for this run.
        }
      } finally {
        leases.release(replay);
      }
    } catch (SQLException | ProblemException away) {
      // The lease runs out, and whichever gateway has the database goes on.
      LOG.warn("replay {} cannot go on now: {}", replay.id(), away.getMessage());
    } catch (RuntimeException failure) {
      LOG.error("replay {} failed, and is tried again", replay.id(), failure);
    }
  }

  /** Whether there is more to do. */
  private boolean publishBatch() throws SQLException {
    // Half a second's events, so that being held up shows soon.
    int most = (int) Math.max(1, Math.min(MOST_EVENTS, replay.eventsPerSecond() / 2));
    ReplayBatch batch =
        database.inTransaction(
            connection ->
                ReplayBatch.read(
                    connection,
                    replay.origin(),
                    replay.filter(),
                    replay.createdAt(),
                    replay.position(),
                    most));
    if (batch.entries().isEmpty()) {
      leases.complete(replay);
      return false;
    }
    Progress progress = publish(batch.entries());
    Optional<Replay> now = leases.advance(replay, progress);
    now.ifPresent(known -> replay = known);
    return now.isPresent() && replay.status() == Replay.Status.RUNNING && progress.failures() == 0;
  }

  private Progress publish(List<Entry> entries) {
    List<CompletableFuture<?>> published = new ArrayList<>();
    for (Entry entry : entries) {
      if (!isDue() || published.stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
        break;
      }
      published.add(publisher.publish(entry.event(), replay.id().toString()));
    }
    int done = 0;
    int refused = 0;
    Outcome outcome = Outcome.PUBLISHED;
    for (CompletableFuture<?> one : published) {
      outcome = publisher.await(one);
      if (outcome == Outcome.UNAVAILABLE) {
        break;
      }
      if (outcome == Outcome.REFUSED) {
        LOG.error("{} is too large to be replayed", entries.get(done).event());
        refused++;
      }
      done++;
    }
    boolean failed = outcome == Outcome.UNAVAILABLE;
    int failures = failed ? replay.failures() + 1 : 0;
    return new Progress(
        done == 0 ? List.of() : entries.get(done - 1).key(),
        done - refused,
        refused,
        failures,
        failed ? Optional.of("Pub/Sub cannot be reached.") : Optional.empty(),
        failed ? timing.waitAfter(failures) : Duration.ZERO);
  }

  /** Waits until the next event may be published; false where the run is to stop. */
  private boolean isDue() {
    try {
      if (stopping.await(due - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        return false;
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
    long between = Math.round(TimeUnit.SECONDS.toNanos(1) / replay.eventsPerSecond());
    due = Math.max(due, System.nanoTime() - between) + between;
    return true;
  }
}
