package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.gateway.store.AuthenticatedService;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.Parameters;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.StoredJson;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** {@code GET /admin/audit}: who did what, the last first. */
final class AuditListService implements AuthenticatedService.Answer {
  @Override
  public HttpResponse to(Call call) throws SQLException {
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    SqlConditions conditions = new SqlConditions();
    scope.restrict(conditions, "tenant_id");
    parameters
        .oneOf("action", AuditAction.values())
        .ifPresent(action -> conditions.add("action = ?", action.name()));
    parameters.name("actor").ifPresent(actor -> conditions.add("actor = ?", actor));
    parameters.time("since").ifPresent(since -> conditions.add("recorded_at >= ?", since));
    parameters.time("until").ifPresent(until -> conditions.add("recorded_at < ?", until));
    PageRequest page = PageRequest.of(parameters);
    parameters.check();

    String sql =
        "SELECT * FROM audit_records WHERE %s ORDER BY recorded_at DESC, audit_id %s"
            .formatted(conditions.text(), page.sql());
    List<ObjectNode> rows =
        call.database()
            .inTransaction(
                connection -> Rows.read(connection, sql, conditions, AuditListService::toJson));
    return JsonAnswer.ok(page.toJson("records", rows));
  }

  private static ObjectNode toJson(ResultSet row) throws SQLException {
    ObjectNode json = Json.mapper().createObjectNode();
    Rows.putTime(json, "recordedAt", row, "recorded_at");
    String tenant = row.getString("tenant_id");
    if (!tenant.equals(TenantScope.SEVERAL)) {
      json.put("tenant", tenant);
    }
    Rows.putText(json, "actor", row, "actor");
    json.put("actorTenant", row.getString("actor_tenant_id"));
    json.put("action", row.getString("action"));
    Rows.putText(json, "target", row, "target");
    json.put("outcome", row.getString("outcome"));
    json.put("requestId", row.getString("request_id"));
    Rows.putText(json, "callerRequestId", row, "caller_request_id");
    json.set("details", StoredJson.read(row.getString("details")));
    return json;
  }
}
