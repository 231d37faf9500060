package dev.tidegate.gateway.store;

import com.linecorp.armeria.server.ServiceRequestContext;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
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
final class LedgerWatch {
  /** Beyond so many, nobody else waits. */
  static final int MOST_WAITING = 10_000;

  private static final int MILLIS_BETWEEN = 200;

  private final Map<UUID, List<CompletableFuture<Boolean>>> waiting = new HashMap<>();
  private int waiters;
  private boolean asking;

  /**
   * Waits for {@code eventId}, for no longer than {@code wait}.
   *
   * @return whether it came; or failed where the database cannot be asked
   */
  CompletableFuture<Boolean> until(UUID eventId, Duration wait, Call call) {
    CompletableFuture<Boolean> came = new CompletableFuture<>();
    synchronized (this) {
      if (waiters >= MOST_WAITING) {
        return CompletableFuture.completedFuture(false);
      }
      waiters++;
      waiting.computeIfAbsent(eventId, id -> new ArrayList<>()).add(came);
      askLater(call);
    }
    came.whenComplete((done, failed) -> forget(eventId, came));
    came.completeOnTimeout(false, wait.toMillis(), TimeUnit.MILLISECONDS);
    call.context().whenRequestCancelling().thenRun(() -> came.complete(false));
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

  private synchronized void askLater(Call call) {
    if (!asking && waiters > 0) {
      asking = true;
      ServiceRequestContext context = call.context();
      context
          .eventLoop()
          .withoutContext()
          .schedule(
              () -> context.blockingTaskExecutor().withoutContext().execute(() -> ask(call)),
              MILLIS_BETWEEN,
              TimeUnit.MILLISECONDS);
    }
  }

  private void ask(Call call) {
    try {
      found(call.database(), wanted())
          .forEach(eventId -> waitersOf(eventId).forEach(came -> came.complete(true)));
    } catch (SQLException | RuntimeException failure) {
      wanted()
          .forEach(
              eventId -> waitersOf(eventId).forEach(came -> came.completeExceptionally(failure)));
    } finally {
      synchronized (this) {
        asking = false;
        askLater(call);
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
        : database.inTransaction(connection -> found(connection, wanted));
  }

  private static Set<UUID> found(Connection connection, Set<UUID> wanted) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT event_id FROM events WHERE event_id = ANY (?)")) {
      statement.setArray(1, connection.createArrayOf("uuid", wanted.toArray()));
      Set<UUID> found = new HashSet<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          found.add(rows.getObject(1, UUID.class));
        }
      }
      return found;
    }
  }
}
