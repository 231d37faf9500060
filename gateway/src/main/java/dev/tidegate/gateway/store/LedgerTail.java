package dev.tidegate.gateway.store;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * What is new in the ledger: the events that became visible between two snapshots of the database.
 * So no event is missed, whatever the order of commits. An event that is processed again is new
 * again.
 *
 * <p>An index finds events by the time of their processing. Not to read far back, it remembers when
 * which transactions had begun: once all of those have ended, nothing older can appear.
 */
public final class LedgerTail {
  /** If more than this number is new at once, the oldest are left out. */
  private static final int MOST_EVENTS = 20_000;

  /** How long before its first write a transaction may have said what time it is. */
  private static final Duration UNWRITTEN = Duration.ofSeconds(5);

  /** A reader may miss the events of a transaction that takes longer. */
  private static final Duration LONGEST_TRANSACTION = Duration.ofMinutes(1);

  private static final String SNAPSHOT = "[0-9]{1,19}:[0-9]{1,19}:[0-9,]{0,20000}";

  /**
   * What has been seen.
   *
   * @param snapshot all that is visible in it
   * @param unseenSince no event that is not visible in it was processed before that
   */
  public record Position(String snapshot, Instant unseenSince) {
    /** Whether it can be one: for what a client sends. */
    public boolean isSane() {
      return snapshot.matches(SNAPSHOT);
    }
  }

  /** The snapshot of a reading, and which transactions it saw. */
  public record Snapshot(String snapshot, long oldest, long next, Instant at) {}

  /**
   * A new event, with what filters ask for.
   *
   * @param isKnown whether it is visible in the second snapshot that was given
   */
  public record NewEvent(
      UUID eventId,
      Instant processedAt,
      String tenantId,
      LedgerEvent.Status status,
      Optional<String> eventType,
      String source,
      Optional<String> subject,
      String notificationId,
      Optional<String> requestId,
      Optional<String> errorClass,
      List<String> fingerprints,
      List<Long> aboutIndex,
      boolean isKnown) {
    /** Whether a list of {@code scope} by {@code filter} has it. */
    public boolean isIn(TenantScope scope, EventFilter filter) {
      return scope.tenant().map(tenantId::equals).orElse(true)
          && filter.status().map(status::equals).orElse(true)
          && (filter.eventType().isEmpty() || filter.eventType().equals(eventType))
          && filter.source().map(source::equals).orElse(true)
          && (filter.subject().isEmpty() || filter.subject().equals(subject))
          && filter.notificationId().map(notificationId::equals).orElse(true)
          && (filter.requestId().isEmpty() || filter.requestId().equals(requestId))
          && (filter.errorClass().isEmpty() || filter.errorClass().equals(errorClass))
          && filter.fingerprint().map(fingerprints::contains).orElse(true)
          && filter.since().map(time -> !processedAt.isBefore(time)).orElse(true)
          && filter.until().map(processedAt::isBefore).orElse(true)
          && (filter.about().isEmpty()
              || filter.aboutHashes(List.of(tenantId)).stream().anyMatch(aboutIndex::contains));
    }
  }

  private static final String NOW =
      """
      SELECT s::text AS snapshot, pg_snapshot_xmin(s)::text::bigint AS oldest,
        pg_snapshot_xmax(s)::text::bigint AS next, clock_timestamp() AS at
      FROM pg_current_snapshot() AS s
      """;

  /** A row holds half of its transaction's ID: the other half is that of the present ones. */
  private static final String ID =
      "(:next - ((:next - xmin::text::bigint) & 4294967295))::text::xid8";

  private static final String NEW =
      """
      SELECT event_id, processed_at, tenant_id, status, event_type, source, subject,
        notification_id, request_id, error_class,
        ARRAY(SELECT fingerprint FROM event_dead_letters l
          WHERE events.status = 'DEAD_LETTER' AND l.tenant_id = events.tenant_id
            AND l.source = events.source
            AND l.notification_id = events.notification_id) AS fingerprints,
        coalesce(about_index, '{}') AS about_index,
        pg_visible_in_snapshot(%1$s, :known::pg_snapshot) AS is_known
      FROM events
      WHERE processed_at >= :since AND NOT pg_visible_in_snapshot(%1$s, :seen::pg_snapshot)
      ORDER BY processed_at DESC, event_id DESC LIMIT %2$d
      """
          .formatted(ID, MOST_EVENTS);

  private final Deque<Snapshot> earlier = new ArrayDeque<>();

  /** Where a reader begins that wants only future events. */
  public static Position now(Handle handle) {
    Snapshot now = handle.createQuery(NOW).mapTo(Snapshot.class).one();
    return new Position(now.snapshot(), now.at().minus(LONGEST_TRANSACTION));
  }

  /**
   * Begins a reading, as the first in its transaction: all that is read in it is of one snapshot.
   */
  public static Snapshot begin(Handle handle) {
    handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    return handle.createQuery(NOW).mapTo(Snapshot.class).one();
  }

  /**
   * What is new since {@code seen}, in the order of processing.
   *
   * @param known another snapshot: tells whether an event is visible in that snapshot
   */
  public static List<NewEvent> read(Handle handle, Snapshot now, Position seen, String known) {
    List<NewEvent> events =
        handle
            .createQuery(NEW)
            .bind("next", now.next())
            .bind("seen", seen.snapshot())
            .bind("known", known)
            .bind("since", seen.unseenSince())
            .mapTo(NewEvent.class)
            .list();
    Collections.reverse(events);
    return events;
  }

  /** The position when all of {@code now} has been read. */
  public synchronized Position after(Snapshot now) {
    earlier.addLast(now);
    Optional<Snapshot> over =
        earlier.stream()
            .filter(each -> each.next() <= now.oldest())
            .reduce((first, second) -> second);
    while (over.isPresent() && earlier.getFirst() != over.get()) {
      earlier.removeFirst();
    }
    Instant earliest = now.at().minus(LONGEST_TRANSACTION);
    return new Position(
        now.snapshot(),
        over.map(each -> each.at().minus(UNWRITTEN)).filter(earliest::isBefore).orElse(earliest));
  }
}
