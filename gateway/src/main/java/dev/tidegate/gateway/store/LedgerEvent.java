package dev.tidegate.gateway.store;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.RawEvent;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * A row of the ledger, without its payload: the schema {@code Event} of the API.
 *
 * @param conflicts how often the event came with another body or type under the same ID
 * @param normalizedAt when the event had been decoded, checked and made into rows, and they reached
 *     the sink; empty for dead letters
 * @param processedAt when the transaction that wrote its rows began, or it became a dead letter
 * @param warnings what of the event could not be stored, while the rest was
 * @param about its keys, such as a container's number, and the rows that it says something of
 */
@JsonPropertyOrder({"eventId", "status"})
public record LedgerEvent(
    @JsonIgnore UUID ledgerId,
    Status status,
    String tenant,
    String source,
    String notificationId,
    Optional<String> eventType,
    Optional<String> subject,
    @JsonIgnore byte[] version,
    int attempts,
    int conflicts,
    Instant receivedAt,
    Instant publishedAt,
    Optional<Instant> normalizedAt,
    Instant processedAt,
    Optional<Double> processingMillis,
    Optional<Double> latencyMillis,
    Optional<String> errorClass,
    Optional<String> errorMessage,
    Optional<Boolean> signatureValid,
    Optional<String> requestId,
    Optional<RawJson> warnings,
    Optional<RawJson> about) {
  /** What became of an event. */
  public enum Status {
    PROCESSED,
    UNHANDLED,
    DEAD_LETTER
  }

  static final String COLUMNS =
      """
      event_id, event_id AS ledger_id, status, tenant_id AS tenant, source, notification_id, event_type,
      subject, version, attempts, conflicts, received_at, published_at,
      processed_at - processing_duration_ms * interval '1 millisecond' AS normalized_at,
      processed_at, processing_duration_ms AS processing_millis, latency_ms AS latency_millis,
      error_class, error_message, signature_valid, request_id, warnings, about
      """;

  @JsonProperty("eventId")
  public EventReference eventId() {
    return new EventReference(tenant, ledgerId);
  }

  /**
   * The event that {@code id} is of; empty where it was accepted and is not in the ledger.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code NOT_FOUND} where the ID was not given
   *     to a tenant of {@code scope}, or the event is another user's
   */
  public static Optional<LedgerEvent> find(
      Handle handle, EventToken tokens, Caller caller, TenantScope scope, String id) {
    SqlConditions where = scope.where().add("event_id = ?", idOf(tokens, scope, id));
    Optional<LedgerEvent> event =
        where
            .bindTo(
                handle.createQuery(
                    "SELECT %s FROM events WHERE %s".formatted(COLUMNS, where.text())))
            .mapTo(LedgerEvent.class)
            .findOne();
    // Of those who span tenants, the ID has proved nothing yet.
    String tenant = event.map(LedgerEvent::tenant).orElse(scope.tenant().orElse(caller.tenant()));
    if (tokens.read(tenant, id).isEmpty() || event.filter(e -> !e.isFor(caller)).isPresent()) {
      throw notFound();
    }
    return event;
  }

  /**
   * The ledger's ID in {@code id}.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code NOT_FOUND} where it was not given to
   *     a tenant of {@code scope}
   */
  public static UUID idOf(EventToken tokens, TenantScope scope, String id) {
    return scope
        .tenant()
        .map(tenant -> tokens.read(tenant, id))
        .orElseGet(() -> tokens.unproved(id))
        .orElseThrow(LedgerEvent::notFound);
  }

  /** The conditions of a query of other tables' rows of the same event. */
  public SqlConditions where() {
    return new TenantScope(Optional.of(tenant))
        .where()
        .add("source = ?", source)
        .add("notification_id = ?", notificationId);
  }

  /** The event as the pipeline took it, as far as the ledger knows that. */
  RawEvent raw(byte[] body, RawJson attributes) {
    boolean isReadable = !notificationId.startsWith(RawEvent.MESSAGE_IDENTITY);
    return RawEvent.builder()
        .tenantId(tenant)
        .source(source)
        .notificationId(isReadable ? Optional.of(notificationId) : Optional.empty())
        .eventType(eventType)
        .messageId(
            isReadable ? "ledger" : notificationId.substring(RawEvent.MESSAGE_IDENTITY.length()))
        .publishTime(publishedAt)
        .attributes(attributes.texts())
        .body(body)
        .build();
  }

  /** Viewers and operators read every event of their scope, others their own. */
  private boolean isFor(Caller caller) {
    return caller.isViewer() || (subject.isPresent() && subject.equals(caller.subject()));
  }

  private static RuntimeException notFound() {
    return Problem.of(ProblemType.NOT_FOUND, "No such ID was given to this tenant.").asException();
  }
}
