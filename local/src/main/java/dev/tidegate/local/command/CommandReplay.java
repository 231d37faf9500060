package dev.tidegate.local.command;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.gateway.LocalGateway;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import java.util.UUID;

/**
 * A replay that a command runs, as its row in {@code replays}: by this row others see it, and
 * pause, resume or cancel it. The row belongs to the command as long as that renews it; a row that
 * was not renewed is ended by a gateway, as failed.
 */
final class CommandReplay {
  private static final int LEASE_SECONDS = 30;

  private static final String INSERT =
      """
      INSERT INTO replays (tenant_id, replay_id, origin, runner, filter, cause, effects,
        events_per_second, selected, lease_token, leased_until, requested_by, requested_by_tenant,
        request_id)
      VALUES (?, ?::uuid, ?, 'COMMAND', ?::jsonb, ?, ?, ?, ?, ?::uuid,
        now() + interval '%d seconds', ?, ?, ?)
      """
          .formatted(LEASE_SECONDS);

  private static final String AUDIT =
      """
      INSERT INTO audit_records (
        tenant_id, actor, actor_tenant_id, action, target, outcome, request_id, details)
      VALUES (?, ?, ?, ?, ?, 'DONE', ?, ?::jsonb)
      """;

  private static final String RENEW =
      """
      UPDATE replays SET published = ?, refused = ?, updated_at = now(),
        leased_until = now() + interval '%d seconds'
      WHERE replay_id = ?::uuid AND lease_token = ?::uuid RETURNING status
      """
          .formatted(LEASE_SECONDS);

  private static final String END =
      """
      UPDATE replays SET published = ?, refused = ?, updated_at = now(), finished_at = now(),
        status = CASE WHEN status = 'CANCELLED' THEN status ELSE ? END, reason = ?,
        lease_token = NULL, leased_until = NULL
      WHERE replay_id = ?::uuid AND lease_token = ?::uuid
      """;

  private final RunningSystem system;
  private final UUID id;
  private final UUID lease = UUID.randomUUID();

  private CommandReplay(RunningSystem system, UUID id) {
    this.system = system;
    this.id = id;
  }

  /**
   * Writes down that a replay begins, and that {@code actor} has asked for it.
   *
   * @param request the choice of events as the gateway's API takes it, and {@code action} and
   *     {@code to}, which the audit keeps
   * @param rate events a second; 0 for no limit
   */
  static CommandReplay begin(
      RunningSystem system,
      UUID id,
      ReplayPreview preview,
      ObjectNode request,
      double rate,
      String reason,
      String actor)
      throws SQLException {
    CommandReplay replay = new CommandReplay(system, id);
    String tenant = preview.tenant().orElse("");
    JsonNode filter =
        request.has("filter") ? request.path("filter") : Json.mapper().createObjectNode();
    ObjectNode details = request.deepCopy();
    details.put("reason", reason).put("selected", preview.selected());
    try (Connection database = SystemDatabase.connect(system)) {
      database.setAutoCommit(false);
      replay.update(
          database,
          INSERT,
          tenant,
          id,
          request.path("from").asText(),
          Json.write(filter),
          reason,
          preview.json().path("effects").path("mode").asText(),
          rate,
          preview.selected(),
          replay.lease,
          actor,
          LocalGateway.TENANT,
          id.toString());
      replay.update(
          database,
          AUDIT,
          tenant,
          actor,
          LocalGateway.TENANT,
          AuditAction.START_REPLAY.name(),
          id.toString(),
          id.toString(),
          Json.write(details));
      database.commit();
    }
    return replay;
  }

  /**
   * Writes down how far it is.
   *
   * @return what operators have made of it
   * @throws CommandFailure where the row is not this command's any more
   */
  ReplayCommand.Status report(long done, long refused) throws SQLException {
    try (Connection database = connect();
        PreparedStatement statement = database.prepareStatement(RENEW)) {
      bind(statement, done, refused, id, lease);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new CommandFailure(
              "A gateway has ended the replay, since this command gave no sign of life for %d s. Start it again: what was replayed already does no harm"
                  .formatted(LEASE_SECONDS));
        }
        return ReplayCommand.Status.valueOf(row.getString(1).toUpperCase(Locale.ROOT));
      }
    }
  }

  /**
   * Writes down that it has ended. Where that cannot be written, a gateway calls it failed; what it
   * did is done all the same.
   */
  void end(ReplayCommand.Status status, long done, long refused, String reason) {
    try (Connection database = connect()) {
      update(database, END, done, refused, status.name(), reason, id, lease);
    } catch (SQLException away) {
      // The lease runs out.
    }
  }

  private Connection connect() throws SQLException {
    try {
      return SystemDatabase.connect(system);
    } catch (CommandFailure away) {
      throw new SQLException(away.getMessage(), away);
    }
  }

  private void update(Connection database, String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      bind(statement, values);
      statement.executeUpdate();
    }
  }

  private static void bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
  }
}
