package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.Parameters;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.StorableText;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** {@code /admin/issues}: dead letters by why they failed, and what operators make of that. */
final class IssueServices {
  /** An issue that was resolved is open again as soon as it has failed anew. */
  private static final String ISSUES =
      """
      SELECT * FROM (
        SELECT letters.*, s.changed_by, s.changed_at,
          CASE
            WHEN s.state IS NULL THEN 'OPEN'
            WHEN s.state = 'RESOLVED' AND letters.last_failed_at > s.failed_until THEN 'OPEN'
            ELSE s.state
          END AS state
        FROM (
          SELECT tenant_id, fingerprint,
            min(failed_at) AS first_failed_at, max(failed_at) AS last_failed_at,
            count(*) AS letters, count(*) FILTER (WHERE status = 'OPEN') AS open_letters,
            min(source) AS source, min(stage) AS stage, min(error_class) AS error_class,
            (array_agg(error_message ORDER BY failed_at DESC))[1] AS error_message
          FROM event_dead_letters
          WHERE %s
          GROUP BY tenant_id, fingerprint) letters
        LEFT JOIN issue_states s
          ON s.tenant_id = letters.tenant_id AND s.fingerprint = letters.fingerprint) issues
      """;

  private static final String SET_STATE =
      """
      INSERT INTO issue_states (tenant_id, fingerprint, state, failed_until, changed_by)
      SELECT tenant_id, fingerprint, ?, max(failed_at), ?
      FROM event_dead_letters
      WHERE tenant_id = ? AND fingerprint = ?
      GROUP BY tenant_id, fingerprint
      ON CONFLICT (tenant_id, fingerprint) DO UPDATE SET
        state = EXCLUDED.state, failed_until = EXCLUDED.failed_until,
        changed_by = EXCLUDED.changed_by, changed_at = now()
      """;

  HttpResponse list(Call call) throws SQLException {
    Parameters parameters = call.parameters();
    SqlConditions conditions = new SqlConditions();
    TenantScope.of(call.caller(), parameters).restrict(conditions, "tenant_id");
    Optional<IssueState> state = parameters.oneOf("state", IssueState.values());
    PageRequest page = PageRequest.of(parameters);
    parameters.check();

    String letters = ISSUES.formatted(conditions.text());
    state.ifPresent(only -> conditions.add("state = ?", only.name()));
    String sql =
        "%s %s ORDER BY last_failed_at DESC, tenant_id, fingerprint %s"
            .formatted(letters, state.isPresent() ? "WHERE state = ?" : "", page.sql());
    List<ObjectNode> issues =
        call.database()
            .inTransaction(
                connection -> Rows.read(connection, sql, conditions, IssueServices::toJson));
    return JsonAnswer.ok(page.toJson("issues", issues));
  }

  HttpResponse setState(Call call) throws SQLException {
    String fingerprint = call.pathPart("fingerprint");
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    if (scope.tenant().isEmpty()) {
      parameters.mistake(
          TenantScope.PARAMETER, "Name the tenant: several may have this fingerprint.");
    }
    parameters.check();
    JsonBody body = JsonBody.of(call.request());
    IssueState state = body.oneOf("/state", IssueState.values(), IssueState::written).orElse(null);
    if (state == null) {
      body.mistake("/state", "Name the state.");
    }
    body.check();

    String tenant = scope.owner();
    ObjectNode issue =
        call.database()
            .inTransaction(
                connection -> {
                  if (!set(connection, call, tenant, fingerprint, state)) {
                    throw Problem.of(ProblemType.NOT_FOUND, "This tenant has no such issue.")
                        .asException();
                  }
                  ObjectNode details = Json.mapper().createObjectNode();
                  details.put("state", state.written());
                  AuditTrail.done(
                      connection, call, AuditAction.SET_ISSUE_STATE, tenant, fingerprint, details);
                  return find(connection, tenant, fingerprint);
                });
    return JsonAnswer.ok(issue);
  }

  private static boolean set(
      Connection connection, Call call, String tenant, String fingerprint, IssueState state)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(SET_STATE)) {
      statement.setString(1, state.name());
      statement.setString(2, call.caller().subject().map(StorableText::of).orElse(null));
      statement.setString(3, tenant);
      statement.setString(4, fingerprint);
      return statement.executeUpdate() == 1;
    }
  }

  private static ObjectNode find(Connection connection, String tenant, String fingerprint)
      throws SQLException {
    SqlConditions conditions =
        new SqlConditions().add("tenant_id = ?", tenant).add("fingerprint = ?", fingerprint);
    return Rows.read(
            connection, ISSUES.formatted(conditions.text()), conditions, IssueServices::toJson)
        .get(0);
  }

  private static ObjectNode toJson(ResultSet row) throws SQLException {
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("fingerprint", row.getString("fingerprint"));
    json.put("tenant", row.getString("tenant_id"));
    json.put("state", IssueState.valueOf(row.getString("state")).written());
    json.put("source", row.getString("source"));
    json.put("stage", row.getString("stage"));
    json.put("errorClass", row.getString("error_class"));
    json.put("errorMessage", row.getString("error_message"));
    json.put("letters", row.getLong("letters"));
    json.put("openLetters", row.getLong("open_letters"));
    Rows.putTime(json, "firstFailedAt", row, "first_failed_at");
    Rows.putTime(json, "lastFailedAt", row, "last_failed_at");
    Rows.putText(json, "changedBy", row, "changed_by");
    Rows.putTime(json, "changedAt", row, "changed_at");
    return json;
  }
}
