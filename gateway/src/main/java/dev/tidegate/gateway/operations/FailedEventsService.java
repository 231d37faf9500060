package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.gateway.store.AuthenticatedService;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.Parameters;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import java.sql.SQLException;
import java.util.List;

/** {@code GET /admin/events/failed}: the open dead letters, the last failed first. */
final class FailedEventsService implements AuthenticatedService.Answer {
  private final DeadLetterJson letters;

  FailedEventsService(EventToken tokens) {
    this.letters = new DeadLetterJson(tokens);
  }

  @Override
  public HttpResponse to(Call call) throws SQLException {
    Parameters parameters = call.parameters();
    SqlConditions conditions = new SqlConditions().add("status = 'OPEN'");
    TenantScope.of(call.caller(), parameters).restrict(conditions, "tenant_id");
    PageRequest page = PageRequest.of(parameters);
    parameters.check();

    String sql =
        "SELECT %s FROM event_dead_letters WHERE %s ORDER BY failed_at DESC, dead_letter_id %s"
            .formatted(DeadLetterJson.COLUMNS, conditions.text(), page.sql());
    List<ObjectNode> rows =
        call.database()
            .inTransaction(connection -> Rows.read(connection, sql, conditions, letters::of));
    return JsonAnswer.ok(page.toJson("events", rows));
  }
}
