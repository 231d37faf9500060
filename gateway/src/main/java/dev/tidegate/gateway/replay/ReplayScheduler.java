package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.replay.Replay.Status;
import dev.tidegate.gateway.replay.ReplayPublisher.Outcome;
import dev.tidegate.gateway.replay.ReplaySelection.Entry;
import dev.tidegate.gateway.replay.ReplayTable.Progress;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.EffectMode;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works off all replays with a few threads. Each thread takes the replay that has waited longest,
 * publishes one batch of it, stores how far it is, and releases it: so a slow replay does not delay
 * others. Everything is in the database: another gateway, or the next start of this one, goes on
 * where this one stopped. A batch that was not written down is published again: each event at least
 * once.
 */
final class ReplayScheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayScheduler.class);

  /** As many turns at once, and as many connections. */
  static final int THREADS = 4;

  private static final int MOST_EVENTS = 100;
  private static final String PUBSUB_AWAY = "Pub/Sub is away: waiting";

  /**
   * The number of failures in a row after which a replay has failed. With the waits between, this
   * takes some five minutes.
   */
  private static final int MOST_ATTEMPTS = 10;

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(10);

  /** A turn that took longer is followed by a pause as long, in which others have their turns. */
  private static final Duration LONG_TURN = Duration.ofSeconds(1);

  private final LedgerDatabase database;
  private final ReplayPublisher publisher;
  private final EventToken tokens;
  private final ReplayTiming timing;
  private final Semaphore wanted = new Semaphore(0);
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS,
          task -> {
            Thread thread = new Thread(task, "replay");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean stopping;

  /**
   * @param database best one of its own: replays then leave the connections of requests alone
   */
  ReplayScheduler(
      LedgerDatabase database, ReplayPublisher publisher, EventToken tokens, ReplayTiming timing) {
    this.database = database;
    this.publisher = publisher;
    this.tokens = tokens;
    this.timing = timing;
    for (int i = 0; i < THREADS; i++) {
      threads.execute(this::work);
    }
  }

  /** Makes a thread look for replays at once. */
  void wake() {
    wanted.release();
  }

  private void work() {
    while (!stopping) {
      Duration wait = timing.poll();
      try {
        wait = takeTurn();
      } catch (SQLException | ProblemException away) {
        // What a turn has not written down is done again when its lease has run out.
        LOG.debug("replays wait for the database: {}", away.getMessage());
      } catch (RuntimeException failure) {
        LOG.error("a turn of a replay failed", failure);
      }
      try {
        boolean unused = wanted.tryAcquire(wait.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException stopped) {
        return;
      }
    }
  }

  /**
   * Takes the turn of one replay.
   *
   * @return how long to wait before the next
   */
  private Duration takeTurn() throws SQLException {
    long start = System.nanoTime();
    Optional<Replay> claimed =
        database.withHandle(handle -> ReplayTable.claim(handle, timing.lease()));
    if (claimed.isEmpty()) {
      Duration next = database.withHandle(ReplayTable::untilNext).orElse(timing.poll());
      return next.compareTo(SHORTEST_WAIT) < 0
          ? SHORTEST_WAIT
          : next.compareTo(timing.poll()) < 0 ? next : timing.poll();
    }
    Replay replay = claimed.get();
    if (replay.isOfCommand()) {
      // The command keeps the turn as long as it runs.
      Progress ended = stuck(replay, MOST_ATTEMPTS, "The command that ran it has ended.");
      boolean unused = database.withHandle(handle -> ReplayTable.settle(handle, replay, ended));
      return Duration.ZERO;
    }
    if (replay.action().equals(ReplayAction.DISCARD.name())) {
      return discardBatch(replay, start);
    }
    Progress progress = publishBatch(replay, start);
    if (progress.status() == Status.FAILED) {
      LOG.error("replay {} has failed: {}", replay.replayId(), progress.reason().orElse(""));
    }
    if (!database.withHandle(handle -> ReplayTable.settle(handle, replay, progress))) {
      LOG.warn("replay {} was taken over: this turn took too long", replay.replayId());
    }
    return Duration.ZERO;
  }

  /**
   * Discards a batch of letters in the transaction that writes down how far the replay is: a run
   * that has lost its turn discards nothing.
   */
  private Duration discardBatch(Replay replay, long start) throws SQLException {
    ReplaySelection selection;
    try {
      selection = replay.selection();
    } catch (IllegalArgumentException unknown) {
      Progress failed =
          stuck(
              replay,
              MOST_ATTEMPTS,
              "This gateway cannot read the replay: %s.".formatted(unknown.getMessage()));
      boolean unused = database.withHandle(handle -> ReplayTable.settle(handle, replay, failed));
      return Duration.ZERO;
    }
    boolean settled =
        database.withHandle(
            handle -> {
              List<Entry> entries =
                  selection.read(handle, tokens, replay.positionKey(), batchSize(replay));
              Progress progress =
                  entries.isEmpty()
                      ? new Progress(
                          Status.COMPLETED, null, 0, 0, 0, Optional.empty(), Duration.ZERO)
                      : progress(
                          replay,
                          entries,
                          Collections.nCopies(entries.size(), Outcome.PUBLISHED),
                          System.nanoTime() - start);
              // First the replay's row, which others must not have taken over.
              if (!ReplayTable.settle(handle, replay, progress)) {
                return false;
              }
              ReplayTable.discard(handle, entries.stream().map(Entry::key).toList());
              return true;
            });
    if (!settled) {
      LOG.warn("replay {} was taken over: this turn took too long", replay.replayId());
    }
    return Duration.ZERO;
  }

  private Progress publishBatch(Replay replay, long start) {
    ReplaySelection selection;
    EffectMode effects;
    try {
      selection = replay.selection();
      replay.replayAction();
      effects = replay.effectMode();
    } catch (IllegalArgumentException unknown) {
      return stuck(
          replay,
          MOST_ATTEMPTS,
          "This gateway cannot read the replay: %s.".formatted(unknown.getMessage()));
    }
    List<Entry> entries;
    try {
      int most = batchSize(replay);
      entries =
          database.withHandle(handle -> selection.read(handle, tokens, replay.positionKey(), most));
    } catch (SQLException | ProblemException failure) {
      return stuck(replay, failures(replay), "Events cannot be read: " + failure.getMessage());
    } catch (RuntimeException failure) {
      LOG.error("replay {} cannot read an event", replay.replayId(), failure);
      return stuck(replay, failures(replay), "An event cannot be read.");
    }
    if (entries.isEmpty()) {
      return new Progress(Status.COMPLETED, null, 0, 0, 0, Optional.empty(), Duration.ZERO);
    }
    long leaseEnds = start + timing.lease().toNanos();
    List<Outcome> outcomes =
        publisher.publish(
            entries.stream().map(Entry::event).toList(),
            replay.replayId().toString(),
            effects,
            () -> !stopping && System.nanoTime() - leaseEnds < 0);
    return progress(replay, entries, outcomes, System.nanoTime() - start);
  }

  /** Half a second's events, so that a pause shows soon; one while Pub/Sub is away. */
  private static int batchSize(Replay replay) {
    return replay.attempts() > 0
        ? 1
        : (int) Math.max(1, Math.min(MOST_EVENTS, replay.eventsPerSecond() / 2));
  }

  private Progress progress(
      Replay replay, List<Entry> entries, List<Outcome> outcomes, long nanos) {
    boolean away = outcomes.contains(Outcome.UNAVAILABLE);
    int done = outcomes.size() - (away ? 1 : 0);
    long refused = outcomes.stream().filter(outcome -> outcome == Outcome.REFUSED).count();
    if (refused > 0) {
      LOG.error("replay {}: {} events are refused by Pub/Sub", replay.replayId(), refused);
    }
    int attempts = !away ? 0 : done > 0 ? 1 : replay.attempts() + 1;
    Duration pause = Duration.ofNanos(Math.round(1e9 * done / replay.eventsPerSecond()) - nanos);
    if (nanos > LONG_TURN.toNanos()) {
      pause = Duration.ofNanos(nanos);
    }
    return new Progress(
        Status.RUNNING,
        done == 0 ? null : entries.get(done - 1).key(),
        done - refused,
        refused,
        attempts,
        away ? Optional.of(PUBSUB_AWAY) : Optional.empty(),
        away ? timing.waitAfter(attempts) : pause.isNegative() ? Duration.ZERO : pause);
  }

  /** How often in a row it cannot run, with this time; that Pub/Sub was away does not count. */
  private static int failures(Replay replay) {
    return replay.reason().equals(Optional.of(PUBSUB_AWAY)) ? 1 : replay.attempts() + 1;
  }

  /** What keeps the replay from running; too often in a row, and it has failed. */
  private Progress stuck(Replay replay, int attempts, String reason) {
    return new Progress(
        attempts < MOST_ATTEMPTS ? Status.RUNNING : Status.FAILED,
        null,
        0,
        0,
        attempts,
        Optional.of(reason),
        timing.waitAfter(attempts));
  }

  /** Finishes the batches that are being published. */
  @Override
  public void close() {
    stopping = true;
    wanted.release(THREADS);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(timing.publish().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("replays did not stop in time: their last events are published again");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
