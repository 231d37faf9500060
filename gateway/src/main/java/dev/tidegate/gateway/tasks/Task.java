package dev.tidegate.gateway.tasks;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tidegate.gateway.store.EventReference;
import dev.tidegate.gateway.store.RawJson;
import dev.tidegate.schemas.EventId;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A task, as the API answers it.
 *
 * @param key tells the effects of one cause apart
 * @param cause the notification that caused it; of a saga's task, the instance
 * @param handler the event type whose handler caused it, or what {@link EventId#ofSaga} gives
 * @param depth how many events before it caused one another
 * @param claimedBy who has it, or had it last
 * @param leasedUntil until when; then anybody may claim it
 * @param notBefore when an open task that has failed can be claimed again
 * @param leaseToken the last lease's
 * @param token the token that every request about the task must show; only the worker that claims
 *     it gets it
 * @param attempts how often it was claimed
 * @param failure why it failed the last time, or was cancelled
 * @param payload of single tasks only, as result
 */
@JsonPropertyOrder({"taskId", "status"})
record Task(
    UUID taskId,
    Status status,
    String tenant,
    String kind,
    int priority,
    Optional<Instant> dueAt,
    String aggregate,
    String key,
    String source,
    @JsonIgnore String cause,
    @JsonIgnore String handler,
    @JsonIgnore int depth,
    @JsonIgnore Optional<Instant> asOf,
    Optional<String> claimedBy,
    Optional<Instant> leasedUntil,
    Optional<Instant> notBefore,
    @JsonIgnore long leaseToken,
    Optional<Long> token,
    int attempts,
    Optional<String> failure,
    Optional<RawJson> payload,
    Optional<RawJson> result,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> finishedAt) {
  /** The states of a task. */
  enum Status {
    OPEN,
    CLAIMED,
    COMPLETED,
    FAILED,
    CANCELLED;

    boolean isFinished() {
      return this != OPEN && this != CLAIMED;
    }
  }

  private static final String SAGA = EventId.ofSaga("");

  /** The saga that issued it; empty where a handler did. */
  @JsonProperty
  Optional<String> saga() {
    return handler.startsWith(SAGA)
        ? Optional.of(handler.substring(SAGA.length()))
        : Optional.empty();
  }

  /** The saga's instance. */
  @JsonProperty
  Optional<String> instance() {
    return saga().map(saga -> cause);
  }

  /** The event that caused it; empty where a saga's events did. */
  @JsonProperty
  Optional<EventReference> causedBy() {
    return saga().isPresent()
        ? Optional.empty()
        : Optional.of(new EventReference(tenant, EventId.of(tenant, source, cause)));
  }
}
