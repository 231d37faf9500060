package dev.tidegate.gateway.events;

import dev.tidegate.gateway.events.RecentKeys.Claim;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.schemas.Sha256;
import dev.tidegate.schemas.Version;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds events whose key was used for another body or type: the gateway tells their senders, if it
 * can know. It remembers recent keys, and asks the ledger for older ones, but never waits for it:
 * an event is taken without the answer, and the pipeline keeps the first accepted.
 */
final class IdempotencyKeys {
  private static final Logger LOG = LoggerFactory.getLogger(IdempotencyKeys.class);

  /** Senders do not wait for a database that is slow. */
  private static final Duration LONGEST_LOOKUP = Duration.ofMillis(500);

  private static final String VERSIONS =
      "SELECT source, notification_id, version FROM events"
          + " WHERE tenant_id = ? AND (source, notification_id) IN (SELECT * FROM unnest(?, ?))";

  /** Threads that may wait for a database that is away: all others are there to take events in. */
  private static final int MOST_LOOKUPS = 4;

  private final RecentKeys recent = new RecentKeys();
  private final Semaphore lookups = new Semaphore(MOST_LOOKUPS);
  private final Optional<LedgerDatabase> database;

  /**
   * @param database without one, only recent keys are known
   */
  IdempotencyKeys(Optional<LedgerDatabase> database) {
    this.database = database;
  }

  /**
   * Claims the keys of {@code events}, in order.
   *
   * @param executor may wait
   * @return those whose keys stand for something else; of all others {@link #settle} must be called
   */
  CompletableFuture<Set<SentEvent>> claim(
      String tenant, Collection<SentEvent> events, Executor executor) {
    Set<SentEvent> conflicts = Collections.newSetFromMap(new IdentityHashMap<>());
    List<SentEvent> unknown = new ArrayList<>();
    for (SentEvent event : events) {
      if (event.hasKey()) {
        Claim claim = recent.claim(tenant, event);
        if (claim == Claim.CONFLICT) {
          conflicts.add(event);
        } else if (claim == Claim.UNKNOWN) {
          unknown.add(event);
        }
      }
    }
    if (unknown.isEmpty() || database.isEmpty() || !lookups.tryAcquire()) {
      return CompletableFuture.completedFuture(conflicts);
    }
    return CompletableFuture.supplyAsync(() -> versions(database.get(), tenant, unknown), executor)
        .whenComplete((versions, failure) -> lookups.release())
        .completeOnTimeout(Map.of(), LONGEST_LOOKUP.toMillis(), TimeUnit.MILLISECONDS)
        .thenApply(
            versions -> {
              for (SentEvent event : unknown) {
                Version version = versions.get(List.of(event.sourceName(), event.notificationId()));
                // A source may have the type in the body, and the body alone for content.
                if (version != null
                    && !version.isOf(event.notificationId(), event.contentSha256())
                    && !version.isOf(event.notificationId(), Sha256.hexOf(event.body()))) {
                  recent.settle(tenant, event, false);
                  conflicts.add(event);
                }
              }
              return conflicts;
            });
  }

  /** Tells what became of an event whose key was claimed. */
  void settle(String tenant, SentEvent event, boolean isAccepted) {
    if (event.hasKey()) {
      recent.settle(tenant, event, isAccepted);
    }
  }

  private static Map<List<String>, Version> versions(
      LedgerDatabase database, String tenant, List<SentEvent> events) {
    try {
      return database.inTransaction(
          connection -> {
            Map<List<String>, Version> versions = new HashMap<>();
            try (PreparedStatement statement = connection.prepareStatement(VERSIONS)) {
              statement.setString(1, tenant);
              statement.setArray(2, texts(connection, events, SentEvent::sourceName));
              statement.setArray(3, texts(connection, events, SentEvent::notificationId));
              try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                  versions.put(
                      List.of(rows.getString(1), rows.getString(2)), Version.of(rows.getBytes(3)));
                }
              }
            }
            return versions;
          });
    } catch (SQLException | ProblemException away) {
      LOG.debug("the ledger cannot be searched for keys: {}", away.getMessage());
      return Map.of();
    }
  }

  private static Array texts(
      Connection connection, List<SentEvent> events, Function<SentEvent, String> text)
      throws SQLException {
    return connection.createArrayOf("text", events.stream().map(text).toArray(String[]::new));
  }
}
