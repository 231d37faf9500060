package dev.tidegate.gateway.tasks;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.api.Reason;
import dev.tidegate.gateway.api.TenantQuery;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.TenantScope;
import java.util.concurrent.CompletionStage;

/** What operators alone do with tasks. */
final class TaskOperatorService {
  /** Why a task is cancelled. */
  record CancelRequest(@JsonProperty(required = true) Reason reason) {}

  /** Details of an audit record. */
  record CancelDetails(String kind, String reason) {}

  /** Ends a task that is not finished, whoever has it. */
  @Post("/tasks/{id}/cancel")
  public CompletionStage<Task> cancel(
      Call call, TenantQuery.Only query, CancelRequest request, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    String reason = request.reason().text();
    return call.inTransaction(
        handle -> {
          Task task = Settlement.of(handle, scope, id).cancel(reason);
          call.audit(
              handle,
              AuditAction.CANCEL_TASK,
              task.tenant(),
              id,
              new CancelDetails(task.kind(), reason));
          return task;
        });
  }
}
