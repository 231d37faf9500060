package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Json;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A row of {@code replays}.
 *
 * @param tenant whose events are replayed; {@link TenantScope#SEVERAL} for several tenants'
 * @param selected what the filter let through when it was asked for
 * @param refused events too large for Pub/Sub
 * @param position the key of the last row that was done with; empty at the beginning
 * @param failures how often in a row publishing failed
 * @param notBefore when it goes on, if it waits
 * @param createdAt when it was asked for
 */
record Replay(
    String tenant,
    UUID id,
    Status status,
    ReplayOrigin origin,
    ReplayFilter filter,
    double eventsPerSecond,
    long selected,
    long published,
    long refused,
    List<String> position,
    int failures,
    Instant notBefore,
    Optional<String> problem,
    Optional<String> requestedBy,
    Instant createdAt,
    Instant updatedAt,
    Optional<Instant> finishedAt) {
  /** How far it is. */
  enum Status {
    RUNNING,
    PAUSED,
    CANCELLED,
    COMPLETED
  }

  static Replay read(ResultSet row) throws SQLException {
    ReplayOrigin origin = ReplayOrigin.valueOf(row.getString("origin"));
    Array position = row.getArray("position_key");
    return new Replay(
        row.getString("tenant_id"),
        row.getObject("replay_id", UUID.class),
        Status.valueOf(row.getString("status")),
        origin,
        ReplayFilter.stored(StoredJson.read(row.getString("filter")), origin),
        row.getDouble("events_per_second"),
        row.getLong("selected"),
        row.getLong("published"),
        row.getLong("refused"),
        position == null ? List.of() : List.of((String[]) position.getArray()),
        row.getInt("failures"),
        LedgerEvent.time(row, "not_before").orElseThrow(),
        LedgerEvent.text(row, "problem"),
        LedgerEvent.text(row, "requested_by"),
        LedgerEvent.time(row, "created_at").orElseThrow(),
        LedgerEvent.time(row, "updated_at").orElseThrow(),
        LedgerEvent.time(row, "finished_at"));
  }

  /** The schema {@code Replay} of the API. */
  ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("replayId", id.toString());
    if (!tenant.equals(TenantScope.SEVERAL)) {
      json.put("tenant", tenant);
    }
    json.put("status", status.name());
    json.put("from", origin.written());
    json.set("filter", filter.toJson());
    json.put("eventsPerSecond", eventsPerSecond);
    json.put("selected", selected);
    json.put("published", published);
    json.put("refused", refused);
    problem.ifPresent(text -> json.put("problem", text).put("triedAgainAt", notBefore.toString()));
    requestedBy.ifPresent(who -> json.put("requestedBy", who));
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    finishedAt.ifPresent(time -> json.put("finishedAt", time.toString()));
    return json;
  }
}
