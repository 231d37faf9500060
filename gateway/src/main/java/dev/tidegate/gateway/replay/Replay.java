package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tidegate.gateway.store.StoredJson;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A row of {@code replays}. Status, origin and filter are as they are stored: a row of another
 * version can be shown and refused, and disturbs no other.
 *
 * @param tenantId whose events are replayed; {@link TenantScope#SEVERAL} for several tenants
 * @param tenantScope the tenants that the requester may replay; null for all
 * @param selected how many events the filter selected at the start
 * @param refused how many events Pub/Sub would never take
 * @param positionKey the key of the last row that is done; null at the start
 * @param attempts how many turns in a row made no progress
 * @param reason why it waits, or why it failed
 * @param leaseToken what the run that has its turn now must show with each write
 */
record Replay(
    String tenantId,
    UUID replayId,
    @Nullable List<String> tenantScope,
    String status,
    String origin,
    String filter,
    double eventsPerSecond,
    long selected,
    long published,
    long refused,
    @Nullable List<String> positionKey,
    int attempts,
    Instant nextAttemptAt,
    Optional<String> reason,
    @Nullable UUID leaseToken,
    Optional<String> requestedBy,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> finishedAt) {
  /** The states of a replay. */
  enum Status {
    RUNNING,
    PAUSED,
    CANCELLED,
    COMPLETED,
    FAILED
  }

  /** Events a second. */
  static final double LEAST_RATE = 0.1;

  /** Events a second. */
  static final double MOST_RATE = 1_000;

  boolean is(Status one) {
    return status.equals(one.name());
  }

  /**
   * The events that it takes.
   *
   * @throws IllegalArgumentException where this version does not understand the row; the message
   *     says what
   */
  ReplaySelection selection() {
    if (!is(Status.RUNNING)) {
      throw new IllegalArgumentException("its status is unknown");
    }
    if (!(eventsPerSecond >= LEAST_RATE && eventsPerSecond <= MOST_RATE)) {
      throw new IllegalArgumentException("its rate is not valid");
    }
    ReplayOrigin from;
    JsonNode stored;
    try {
      from = ReplayOrigin.valueOf(origin);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException("its origin is unknown", unknown);
    }
    try {
      stored = StoredJson.read(filter);
    } catch (SQLException notJson) {
      throw new IllegalArgumentException("its filter is not valid", notJson);
    }
    return new ReplaySelection(
        from, ReplayFilter.stored(stored, from), Optional.ofNullable(tenantScope), createdAt);
  }

  /** The schema {@code Replay} of the API. */
  ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("replayId", replayId.toString());
    if (!tenantId.equals(TenantScope.SEVERAL)) {
      json.put("tenant", tenantId);
    }
    json.put("status", status);
    json.put("from", origin);
    json.putRawValue("filter", new RawValue(filter));
    json.put("eventsPerSecond", eventsPerSecond);
    json.put("selected", selected);
    json.put("published", published);
    json.put("refused", refused);
    if (is(Status.RUNNING) || is(Status.FAILED)) {
      json.put("attempts", attempts);
      reason.ifPresent(why -> json.put("reason", why));
      if (is(Status.RUNNING) && reason.isPresent()) {
        json.put("nextAttemptAt", nextAttemptAt.toString());
      }
    }
    requestedBy.ifPresent(who -> json.put("requestedBy", who));
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    finishedAt.ifPresent(time -> json.put("finishedAt", time.toString()));
    return json;
  }
}
