package dev.tidegate.gateway.store;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Waits for events to come into the ledger, on behalf of any number of requests: one query every
 * {@value #MILLIS_BETWEEN} ms asks for all of them, so that nobody who waits holds a thread or a
 * connection. While nobody waits, nothing is asked.
 */
public final class LedgerWatch {
  /** The number of events after which it waits for no more. */
  private static final int MOST_EVENTS = 10_000;

  private static final int MILLIS_BETWEEN = 200;

  /** An event that is waited for, until nobody does any more. */
  private static final class Watched {
    private final CompletableFuture<Boolean> came = new CompletableFuture<>();
    private volatile long until = System.nanoTime();
  }

  private final Map<UUID, Watched> watched = new ConcurrentHashMap<>();
  private final AtomicBoolean asking = new AtomicBoolean();
  private final LedgerDatabase database;

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
    if (watched.size() >= MOST_EVENTS) {
      return CompletableFuture.completedFuture(false);
    }
    long until = System.nanoTime() + wait.toNanos();
    Watched event =
        watched.compute(
            eventId,
            (id, known) -> {
              Watched shared = known == null ? new Watched() : known;
              shared.until = until - shared.until > 0 ? until : shared.until;
              return shared;
            });
    askLater(context);
    return event.came.copy().completeOnTimeout(false, wait.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void askLater(ServiceRequestContext context) {
    if (!watched.isEmpty() && asking.compareAndSet(false, true)) {
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
      for (UUID eventId : found(Set.copyOf(watched.keySet()))) {
        watched.remove(eventId).came.complete(true);
      }
      watched.values().removeIf(event -> event.until - System.nanoTime() < 0);
    } catch (SQLException | RuntimeException failure) {
      watched.values().removeIf(event -> event.came.completeExceptionally(failure));
    } finally {
      asking.set(false);
      askLater(context);
    }
  }

  private Set<UUID> found(Set<UUID> wanted) throws SQLException {
    return database.withHandle(
        handle ->
            handle
                .createQuery("SELECT event_id FROM events WHERE event_id = ANY (?)")
                .bindArray(0, UUID.class, wanted)
                .mapTo(UUID.class)
                .set());
  }
}
