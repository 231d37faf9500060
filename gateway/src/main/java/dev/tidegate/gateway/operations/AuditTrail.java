package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StorableText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what operators do: in the transaction of what they do, so neither is without the
 * other.
 */
final class AuditTrail {
  private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);

  private static final String INSERT =
      """
      INSERT INTO audit_records (
        tenant_id, actor, actor_tenant_id, action, target, outcome, request_id, details)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb)
      """;

  private AuditTrail() {}

  /**
   * Writes down that {@code call}'s caller did something.
   *
   * @param tenant whose thing it was; {@link TenantScope#SEVERAL} for several tenants'
   * @param target as the API names it
   * @param details what else matters; never a payload
   */
  static void done(
      Connection connection,
      Call call,
      AuditAction action,
      String tenant,
      String target,
      ObjectNode details)
      throws SQLException {
    insert(connection, call, action, tenant, Optional.of(target), "DONE", details);
  }

  /**
   * Writes down that {@code call}'s caller had no right to do something. Where that cannot be
   * written, it is logged: the refusal stands all the same.
   *
   * @param target as the caller named it, if the address names one
   */
  static void refused(Call call, AuditAction action, Optional<String> target) {
    try {
      call.database()
          .inTransaction(
              connection -> {
                ObjectNode nothing = Json.mapper().createObjectNode();
                insert(
                    connection, call, action, call.caller().tenant(), target, "REFUSED", nothing);
                return null;
              });
    } catch (SQLException | RuntimeException unwritten) {
      LOG.atWarn()
          .addKeyValue("event", "action_refused")
          .addKeyValue("action", action)
          .addKeyValue("tenant_id", call.caller().tenant())
          .addKeyValue("request_id", call.requestId())
          .log(
              "an action was refused, and could not be written to the audit: {}",
              unwritten.getMessage());
    }
  }

  private static void insert(
      Connection connection,
      Call call,
      AuditAction action,
      String tenant,
      Optional<String> target,
      String outcome,
      ObjectNode details)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      int i = 1;
      statement.setString(i++, tenant);
      statement.setString(i++, call.caller().subject().map(StorableText::of).orElse(null));
      statement.setString(i++, call.caller().tenant());
      statement.setString(i++, action.name());
      statement.setString(i++, target.orElse(null));
      statement.setString(i++, outcome);
      statement.setString(i++, call.requestId());
      statement.setString(i, Json.write(details));
      statement.executeUpdate();
    }
  }
}
