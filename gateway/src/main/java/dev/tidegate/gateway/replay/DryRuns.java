package dev.tidegate.gateway.replay;

import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.replay.ReplaySelection.Entry;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.RawEvent;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on the dry runs that were asked of this instance: two at a time. While one is worked on,
 * its row says so every few seconds; a run whose row does not has died with its instance.
 */
final class DryRuns implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DryRuns.class);

  /** As many at once, and as many connections. */
  static final int THREADS = 2;

  private static final int PAGE = 100;
  private static final int BETWEEN_SIGNS_SECONDS = 10;
  private static final int PATIENCE_SECONDS = 10;

  private final DryRun engine;
  private final LedgerDatabase database;
  private final EventToken tokens;
  private final Semaphore room = new Semaphore(THREADS);
  private final Set<UUID> running = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, DryRuns::thread);
  private final ScheduledExecutorService signs =
      Executors.newSingleThreadScheduledExecutor(DryRuns::thread);
  private volatile boolean stopping;

  DryRuns(DryRun engine, LedgerDatabase database, EventToken tokens) {
    this.engine = engine;
    this.database = database;
    this.tokens = tokens;
    signs.scheduleWithFixedDelay(
        this::giveSigns, BETWEEN_SIGNS_SECONDS, BETWEEN_SIGNS_SECONDS, TimeUnit.SECONDS);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "dry-run");
    thread.setDaemon(true);
    return thread;
  }

  /** A failure, whose sample is named as clients name events. */
  record NamedFailure(
      String stage,
      ErrorClass errorClass,
      String message,
      String fingerprint,
      long events,
      String sample) {}

  /** A result, as it is stored and answered. */
  record NamedResult(
      long succeeded,
      long failed,
      List<NamedFailure> failures,
      List<DryRun.EffectCount> effects,
      List<DryRun.TableDifference> tables) {}

  /** Keeps room for a run; each must be started or {@link #giveBack given back}. */
  boolean takeRoom() {
    return room.tryAcquire();
  }

  /** The run was not asked for after all. */
  void giveBack() {
    room.release();
  }

  /** Starts the run {@code id}, which has room, and a row that says that it is running. */
  void start(UUID id, ReplaySelection selection, long limit) {
    running.add(id);
    threads.execute(
        () -> {
          try {
            run(id, selection, limit);
          } finally {
            running.remove(id);
            room.release();
          }
        });
  }

  private void run(UUID id, ReplaySelection selection, long limit) {
    try {
      DryRun.Result result =
          engine.run(new SelectedEvents(selection, limit), done -> progress(id, done));
      end(id, DryRunRecord.Status.COMPLETED, Optional.empty(), Optional.of(named(result)));
    } catch (CancellationException ended) {
      if (stopping) {
        end(id, DryRunRecord.Status.FAILED, Optional.of("The gateway stopped."), Optional.empty());
      }
    } catch (DryRun.ImpossibleException impossible) {
      LOG.warn("dry run {}: {}", id, impossible.getMessage());
      end(id, DryRunRecord.Status.FAILED, Optional.of(impossible.getMessage()), Optional.empty());
    } catch (ProblemException away) {
      end(
          id,
          DryRunRecord.Status.FAILED,
          Optional.of("Events cannot be read: " + away.problem().detail()),
          Optional.empty());
    } catch (RuntimeException failure) {
      LOG.error("dry run {} failed", id, failure);
      end(
          id,
          DryRunRecord.Status.FAILED,
          Optional.of("It failed because of an internal error. The gateway's log has the details."),
          Optional.empty());
    }
  }

  private boolean progress(UUID id, long done) {
    try {
      int updated =
          database.withHandle(
              handle ->
                  handle.execute(
                      "UPDATE dry_runs SET done = ?, updated_at = now()"
                          + " WHERE dry_run_id = ? AND status = 'RUNNING'",
                      done,
                      id));
      return updated == 1 && !stopping;
    } catch (SQLException away) {
      throw new IllegalStateException("the progress cannot be written", away);
    }
  }

  private void giveSigns() {
    for (UUID id : running) {
      try {
        database.withHandle(
            handle ->
                handle.execute(
                    "UPDATE dry_runs SET updated_at = now()"
                        + " WHERE dry_run_id = ? AND status = 'RUNNING'",
                    id));
      } catch (SQLException | RuntimeException away) {
        LOG.debug("dry run {} could not write a sign of life: {}", id, away.getMessage());
      }
    }
  }

  private void end(
      UUID id, DryRunRecord.Status status, Optional<String> reason, Optional<NamedResult> result) {
    try {
      database.withHandle(
          handle ->
              handle
                  .createUpdate(
                      """
                      UPDATE dry_runs SET status = :status, reason = :reason,
                        result = :result::jsonb, finished_at = now(), updated_at = now()
                      WHERE dry_run_id = :id AND status = 'RUNNING'
                      """)
                  .bind("status", status.name())
                  .bind("reason", reason)
                  .bind("result", result.map(Api::text))
                  .bind("id", id)
                  .execute());
    } catch (SQLException | ProblemException away) {
      LOG.warn("the result of dry run {} could not be stored: {}", id, away.getMessage());
    }
  }

  private NamedResult named(DryRun.Result result) {
    return new NamedResult(
        result.succeeded(),
        result.failed(),
        result.failures().stream()
            .map(
                failure ->
                    new NamedFailure(
                        failure.stage(),
                        failure.errorClass(),
                        failure.message(),
                        failure.fingerprint(),
                        failure.events(),
                        tokens.of(
                            failure.sample().tenant(),
                            failure.sample().source(),
                            failure.sample().notificationId())))
            .toList(),
        result.effects(),
        result.tables());
  }

  /** The events of a selection, read page by page. */
  private final class SelectedEvents implements Iterator<RawEvent> {
    private final ReplaySelection selection;
    private final Deque<Entry> page = new ArrayDeque<>();
    private @Nullable List<String> after;
    private long left;

    SelectedEvents(ReplaySelection selection, long limit) {
      this.selection = selection;
      this.left = limit;
    }

    @Override
    public boolean hasNext() {
      if (page.isEmpty() && left > 0) {
        int most = (int) Math.min(PAGE, left);
        try {
          page.addAll(database.withHandle(handle -> selection.read(handle, tokens, after, most)));
        } catch (SQLException failure) {
          throw new IllegalStateException("events cannot be read", failure);
        }
        left = page.isEmpty() ? 0 : left - page.size();
      }
      return !page.isEmpty();
    }

    @Override
    public RawEvent next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Entry entry = page.remove();
      after = entry.key();
      return entry.event();
    }
  }

  /** Ends what is running. */
  @Override
  public void close() {
    stopping = true;
    signs.shutdownNow();
    threads.shutdown();
    try {
      if (!threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("dry runs did not stop in time");
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
