package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.AuthenticatedService;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.EventLookup;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.Parameters;
import dev.tidegate.gateway.store.SqlConditions;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** {@code POST /admin/events/{id}/discard}: an event's open dead letters will not be replayed. */
final class EventDiscardService implements AuthenticatedService.Answer {
  private final EventLookup lookup;

  EventDiscardService(EventToken tokens) {
    this.lookup = new EventLookup(tokens);
  }

  @Override
  public HttpResponse to(Call call) throws SQLException {
    String id = call.pathPart("id");
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    parameters.check();
    JsonBody.refuse(call.request());

    int discarded =
        call.database()
            .inTransaction(
                connection -> {
                  LedgerEvent event =
                      lookup
                          .find(connection, call.caller(), scope, id)
                          .orElseThrow(EventDiscardService::nothingOpen);
                  int letters = discard(connection, event);
                  if (letters == 0) {
                    throw nothingOpen();
                  }
                  ObjectNode details = Json.mapper().createObjectNode().put("letters", letters);
                  AuditTrail.done(
                      connection, call, AuditAction.DISCARD_EVENT, event.tenant(), id, details);
                  return letters;
                });
    return JsonAnswer.ok(
        Json.mapper().createObjectNode().put("eventId", id).put("lettersDiscarded", discarded));
  }

  private static int discard(Connection connection, LedgerEvent event) throws SQLException {
    SqlConditions conditions = new SqlConditions().add("status = 'OPEN'");
    EventDetailService.restrictTo(event, conditions, "");
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE event_dead_letters SET status = 'DISCARDED' WHERE " + conditions.text())) {
      conditions.bind(statement, 1);
      return statement.executeUpdate();
    }
  }

  private static RuntimeException nothingOpen() {
    return Problem.of(ProblemType.CONFLICT, "The event has no open dead letter.").asException();
  }
}
