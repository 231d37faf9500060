package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tidegate.schemas.EventId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * What operators are told of a dead letter: everything but its attributes and body.
 *
 * @param stackTrace of one event's letters only
 */
@JsonPropertyOrder({"eventId", "status"})
public record DeadLetter(
    UUID deadLetterId,
    String status,
    String tenant,
    String source,
    String notificationId,
    Optional<String> eventType,
    String stage,
    String errorClass,
    String errorMessage,
    String fingerprint,
    int attempts,
    String handlerVersion,
    Instant publishedAt,
    Instant receivedAt,
    Instant failedAt,
    Optional<Instant> replayedAt,
    Optional<String> replayId,
    Optional<String> stackTrace) {
  private static final String SELECT =
      """
      SELECT dead_letter_id, status, tenant_id AS tenant, source, notification_id, event_type,
        stage, error_class, error_message, fingerprint, attempts, handler_version, published_at,
        received_at, failed_at, replayed_at, replay_id, %s AS stack_trace
      FROM event_dead_letters
      """;

  private static final Keyset<DeadLetter> ORDER =
      new Keyset<>(
          "events/failed",
          letter -> List.of(letter.failedAt, letter.deadLetterId),
          "failed_at timestamptz",
          "dead_letter_id uuid");

  @JsonProperty("eventId")
  public EventReference eventId() {
    return new EventReference(tenant, EventId.of(tenant, source, notificationId));
  }

  /** A page of the open letters of {@code scope}, the last failed first. */
  public static Page<DeadLetter> open(
      Handle handle, TenantScope scope, Optional<String> fingerprint, PageRequest page) {
    return ORDER.read(
        handle,
        SELECT.formatted("NULL::text"),
        scope.where().add("status = 'OPEN'").add("fingerprint = ?", fingerprint),
        page,
        DeadLetter.class);
  }

  /** The newest letters of an issue, whatever became of them. */
  public static List<DeadLetter> samples(Handle handle, Issue issue, int most) {
    SqlConditions where =
        new TenantScope(Optional.of(issue.tenant()))
            .where()
            .add("fingerprint = ?", issue.fingerprint());
    String sql =
        "%s WHERE %s ORDER BY failed_at DESC LIMIT %d"
            .formatted(SELECT.formatted("NULL::text"), where.text(), most);
    return where.bindTo(handle.createQuery(sql)).mapTo(DeadLetter.class).list();
  }

  /** All letters of an event, the last failed first. */
  public static List<DeadLetter> of(Handle handle, LedgerEvent event) {
    SqlConditions where = event.where();
    String sql =
        "%s WHERE %s ORDER BY failed_at DESC"
            .formatted(SELECT.formatted("stack_trace"), where.text());
    return where.bindTo(handle.createQuery(sql)).mapTo(DeadLetter.class).list();
  }

  /**
   * Marks an event's open letters as not to be replayed.
   *
   * @return how many there were
   */
  public static int discard(Handle handle, LedgerEvent event) {
    SqlConditions where = event.where().add("status = 'OPEN'");
    return where
        .bindTo(
            handle.createUpdate(
                "UPDATE event_dead_letters SET status = 'DISCARDED', discarded_at = now() WHERE "
                    + where.text()))
        .execute();
  }
}
