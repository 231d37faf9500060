package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.operations.Replay.Status;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.schemas.Json;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** {@code /admin/replays}: starts replays, shows them, and holds them up. */
final class ReplayServices {
  private final Runnable wake;

  /**
   * @param wake called when a replay may run
   */
  ReplayServices(Runnable wake) {
    this.wake = wake;
  }

  HttpResponse create(Call call) throws SQLException {
    call.parameters().check();
    ReplayRequest request = ReplayRequest.read(JsonBody.of(call.request()), call.caller());
    if (request.dryRun()) {
      long selected = call.database().inTransaction(connection -> count(connection, request));
      return JsonAnswer.ok(
          Json.mapper().createObjectNode().put("dryRun", true).put("selected", selected));
    }
    Replay replay = call.database().inTransaction(connection -> insert(connection, call, request));
    wake.run();
    return JsonAnswer.of(HttpStatus.ACCEPTED, replay.toJson());
  }

  private static long count(Connection connection, ReplayRequest request) throws SQLException {
    return ReplayBatch.count(
        connection, request.origin(), request.filter(), ReplayTable.now(connection));
  }

  private static Replay insert(Connection connection, Call call, ReplayRequest request)
      throws SQLException {
    UUID id = UUID.randomUUID();
    Instant asked = ReplayTable.now(connection);
    long selected = ReplayBatch.count(connection, request.origin(), request.filter(), asked);
    ReplayTable.insert(connection, call, id, request.owner(), request, selected, asked);
    ObjectNode details = Json.mapper().createObjectNode();
    details.put("from", request.origin().written());
    details.set("filter", request.filter().toJson());
    details.put("selected", selected);
    AuditTrail.done(
        connection, call, AuditAction.START_REPLAY, request.owner(), id.toString(), details);
    return ReplayTable.find(connection, new TenantScope(Optional.of(request.owner())), id)
        .orElseThrow();
  }

  HttpResponse list(Call call) throws SQLException {
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    Optional<Status> status = parameters.oneOf("status", Status.values());
    PageRequest page = PageRequest.of(parameters);
    parameters.check();
    List<ObjectNode> replays =
        call
            .database()
            .inTransaction(connection -> ReplayTable.list(connection, scope, status, page))
            .stream()
            .map(Replay::toJson)
            .toList();
    return JsonAnswer.ok(page.toJson("replays", replays));
  }

  HttpResponse show(Call call) throws SQLException {
    TenantScope scope = scopeOf(call);
    UUID id = idOf(call);
    return JsonAnswer.ok(
        call.database().inTransaction(connection -> find(connection, scope, id)).toJson());
  }

  HttpResponse pause(Call call) throws SQLException {
    return change(call, AuditAction.PAUSE_REPLAY, List.of(Status.RUNNING), Status.PAUSED);
  }

  HttpResponse resume(Call call) throws SQLException {
    HttpResponse response =
        change(call, AuditAction.RESUME_REPLAY, List.of(Status.PAUSED), Status.RUNNING);
    wake.run();
    return response;
  }

  HttpResponse cancel(Call call) throws SQLException {
    return change(
        call, AuditAction.CANCEL_REPLAY, List.of(Status.RUNNING, Status.PAUSED), Status.CANCELLED);
  }

  private static HttpResponse change(Call call, AuditAction action, List<Status> from, Status to)
      throws SQLException {
    TenantScope scope = scopeOf(call);
    JsonBody.refuse(call.request());
    UUID id = idOf(call);
    Replay changed =
        call.database()
            .inTransaction(
                connection -> {
                  Replay replay = find(connection, scope, id);
                  if (!ReplayTable.change(connection, replay, from, to)) {
                    throw Problem.of(
                            ProblemType.CONFLICT, "The replay's status does not allow this.")
                        .asException();
                  }
                  ObjectNode details = Json.mapper().createObjectNode();
                  details.put("from", replay.status().name()).put("to", to.name());
                  AuditTrail.done(
                      connection, call, action, replay.tenant(), id.toString(), details);
                  return find(connection, scope, id);
                });
    return JsonAnswer.ok(changed.toJson());
  }

  private static TenantScope scopeOf(Call call) {
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    parameters.check();
    return scope;
  }

  private static Replay find(Connection connection, TenantScope scope, UUID id)
      throws SQLException {
    return ReplayTable.find(connection, scope, id).orElseThrow(ReplayServices::notFound);
  }

  private static UUID idOf(Call call) {
    String id = call.pathPart("id");
    try {
      return UUID.fromString(id);
    } catch (IllegalArgumentException notAnId) {
      throw notFound();
    }
  }

  private static RuntimeException notFound() {
    return Problem.of(ProblemType.NOT_FOUND, "This tenant has no such replay.").asException();
  }
}
