package dev.tidegate.gateway.operations;

import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StorableText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What operators see and change of the table {@code replays}. */
final class ReplayTable {
  private static final String INSERT =
      """
      INSERT INTO replays (
        tenant_id, replay_id, origin, filter, events_per_second, selected, requested_by,
        requested_by_tenant, request_id, created_at)
      VALUES (?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?)
      """;

  private ReplayTable() {}

  /** The database's time: whatever is compared with times of rows must be of the same clock. */
  static Instant now(Connection connection) throws SQLException {
    return Rows.read(
            connection,
            "SELECT now()",
            new SqlConditions(),
            row -> row.getObject(1, OffsetDateTime.class).toInstant())
        .get(0);
  }

  /** Adds a replay, which then runs. */
  static void insert(
      Connection connection,
      Call call,
      UUID id,
      String tenant,
      ReplayRequest request,
      long selected,
      Instant asked)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      int i = 1;
      statement.setString(i++, tenant);
      statement.setObject(i++, id);
      statement.setString(i++, request.origin().name());
      statement.setString(i++, Json.write(request.filter().toJson()));
      statement.setDouble(i++, request.eventsPerSecond());
      statement.setLong(i++, selected);
      statement.setString(i++, call.caller().subject().map(StorableText::of).orElse(null));
      statement.setString(i++, call.caller().tenant());
      statement.setString(i++, call.requestId());
      statement.setObject(i, asked.atOffset(ZoneOffset.UTC));
      statement.executeUpdate();
    }
  }

  static List<Replay> list(
      Connection connection, TenantScope scope, Optional<Replay.Status> status, PageRequest page)
      throws SQLException {
    SqlConditions conditions = new SqlConditions();
    scope.restrict(conditions, "tenant_id");
    status.ifPresent(only -> conditions.add("status = ?", only.name()));
    return Rows.read(
        connection,
        "SELECT * FROM replays WHERE %s ORDER BY created_at DESC, replay_id %s"
            .formatted(conditions.text(), page.sql()),
        conditions,
        Replay::read);
  }

  static Optional<Replay> find(Connection connection, TenantScope scope, UUID id)
      throws SQLException {
    SqlConditions conditions = new SqlConditions().add("replay_id = ?", id);
    scope.restrict(conditions, "tenant_id");
    return Rows.read(
            connection,
            "SELECT * FROM replays WHERE " + conditions.text(),
            conditions,
            Replay::read)
        .stream()
        .findFirst();
  }

  /**
   * Changes the replay's status, where it is one of {@code from}. A gateway at work on it sees that
   * when it has published its batch.
   */
  static boolean change(
      Connection connection, Replay replay, List<Replay.Status> from, Replay.Status to)
      throws SQLException {
    String sql =
        """
        UPDATE replays SET status = ?, updated_at = now(), not_before = now(), failures = 0,
          problem = NULL, finished_at = CASE WHEN ? THEN now() END
        WHERE tenant_id = ? AND replay_id = ? AND status = ANY (?)
        """;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, to.name());
      statement.setBoolean(2, to == Replay.Status.CANCELLED);
      statement.setString(3, replay.tenant());
      statement.setObject(4, replay.id());
      statement.setArray(
          5, connection.createArrayOf("text", from.stream().map(Enum::name).toArray()));
      return statement.executeUpdate() == 1;
    }
  }
}
