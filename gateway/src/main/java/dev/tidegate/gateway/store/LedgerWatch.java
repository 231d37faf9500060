package dev.tidegate.gateway.store;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Waits for events to come into the ledger, on behalf of any number of requests: one query every
 * {@value #MILLIS_BETWEEN} ms asks for all of them, so that nobody who waits holds a thread or a
 * connection. While nobody waits, nothing is asked.
 */
public final class LedgerWatch {
  /** Beyond so many, nobody else waits. */
  static final int MOST_WAITING = 10_000;

  private static final int MILLIS_BETWEEN = 200;

  private final Map<UUID, List<CompletableFuture<Boolean>>> waiting = new HashMap<>();
  private final LedgerDatabase database;
  private int waiters;
  private boolean asking;

  public LedgerWatch(LedgerDatabase database) {
    this.database = database;
  }

  /**
   * Waits for {@code eventId}, for no longer than {@code wait}.
   *
   * @return whether it came; or failed where the database cannot be asked
   */
  public CompletableFuture<Boolean> until(
      UUID eventId, Duration wait, ServiceRequestContext context) {
    CompletableFuture<Boolean> came = new CompletableFuture<>();
    synchronized (this) {
      if (waiters >= MOST_WAITING) {
        return CompletableFuture.completedFuture(false);
      }
      waiters++;
      waiting.computeIfAbsent(eventId, id -> new ArrayList<>()).add(came);
      askLater(context);
    }
    came.whenComplete((done, failed) -> forget(eventId, came));
    came.completeOnTimeout(false, wait.toMillis(), TimeUnit.MILLISECONDS);
    context.whenRequestCancelling().thenRun(() -> came.complete(false));
    return came;
  }

  /** How many requests wait. */
  synchronized int waiters() {
    return waiters;
  }

  private synchronized void forget(UUID eventId, CompletableFuture<Boolean> came) {
    List<CompletableFuture<Boolean>> others = waiting.get(eventId);
    if (others.remove(came)) {
      waiters--;
    }
    if (others.isEmpty()) {
      waiting.remove(eventId);
    }
  }

  private synchronized void askLater(ServiceRequestContext context) {
    if (!asking && waiters > 0) {
      asking = true;
      context
          .eventLoop()
          .withoutContext()
          .schedule(
              () -> context.blockingTaskExecutor().withoutContext().execute(() -> ask(context)),
              MILLIS_BETWEEN,
              TimeUnit.MILLISECONDS);
    }
  }

  private void ask(ServiceRequestContext context) {
    try {
      found(database, wanted())
          .forEach(eventId -> waitersOf(eventId).forEach(came -> came.complete(true)));
    } catch (SQLException | RuntimeException failure) {
      wanted()
          .forEach(
              eventId -> waitersOf(eventId).forEach(came -> came.completeExceptionally(failure)));
    } finally {
      synchronized (this) {
        asking = false;
        askLater(context);
      }
    }
  }

  private synchronized Set<UUID> wanted() {
    return new HashSet<>(waiting.keySet());
  }

  private synchronized List<CompletableFuture<Boolean>> waitersOf(UUID eventId) {
    return List.copyOf(waiting.getOrDefault(eventId, List.of()));
  }

  private static Set<UUID> found(LedgerDatabase database, Set<UUID> wanted) throws SQLException {
    return wanted.isEmpty()
        ? Set.of()
        : database.withHandle(
            handle ->
                handle
                    .createQuery("SELECT event_id FROM events WHERE event_id = ANY (?)")
                    .bindArray(0, UUID.class, wanted)
                    .mapTo(UUID.class)
                    .set());
  }
}
