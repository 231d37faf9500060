package dev.tidegate.gateway.tasks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.OutboxEvent;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.gateway.tasks.Task.Status;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * A task whose fate is decided: nobody else changes it until the transaction ends. With its end the
 * event that tells of it is written to the outbox, or neither is.
 */
final class Settlement {
  private final Handle handle;
  private final Task task;

  private Settlement(Handle handle, Task task) {
    this.handle = handle;
    this.task = task;
  }

  /**
   * Locks the task.
   *
   * @throws ProblemException {@code NOT_FOUND} where {@code scope} has none
   */
  static Settlement of(Handle handle, TenantScope scope, String id) {
    return new Settlement(
        handle,
        Call.idOf(id)
            .flatMap(known -> TaskTable.lock(handle, scope, known))
            .orElseThrow(Settlement::notFound));
  }

  static ProblemException notFound() {
    return Problem.of(ProblemType.NOT_FOUND, "This tenant has no such task.").asException();
  }

  /**
   * The task, of which {@code token} is the last lease's. A lease that has ended counts as long as
   * nobody has claimed the task since: its work is as good.
   *
   * @throws ProblemException {@code CONFLICT} where it is not
   */
  Task leased(long token) {
    Task unfinished = unfinished();
    if (task.status() == Status.OPEN) {
      throw conflict("The task is OPEN: claim it first.");
    }
    if (token != task.leaseToken()) {
      throw conflict("The token is not that of the last claim: somebody else has the task now.");
    }
    return unfinished;
  }

  private Task unfinished() {
    if (task.status().isFinished()) {
      throw conflict("The task is %s already.".formatted(task.status()));
    }
    return task;
  }

  private static ProblemException conflict(String detail) {
    return Problem.of(ProblemType.CONFLICT, detail).asException();
  }

  Task complete(long token, Optional<JsonNode> result) {
    Optional<String> text = result.map(Json::write);
    if (isRepeated(Status.COMPLETED, token) && TaskTable.hasResult(handle, task, text)) {
      return task;
    }
    leased(token);
    publish(Status.COMPLETED, "result", result.orElseGet(Json.mapper()::nullNode));
    return TaskTable.complete(handle, task, text);
  }

  Task retry(long token, String reason, Duration delay) {
    return isRepeated(Status.OPEN, token, reason)
        ? task
        : TaskTable.reopen(handle, leased(token), reason, delay);
  }

  Task fail(long token, String reason) {
    if (isRepeated(Status.FAILED, token, reason)) {
      return task;
    }
    leased(token);
    return end(Status.FAILED, reason);
  }

  /** The worker that has the task learns it with its next request. */
  Task cancel(String reason) {
    unfinished();
    return end(Status.CANCELLED, reason);
  }

  private Task end(Status status, String reason) {
    publish(status, "failure", Json.mapper().getNodeFactory().textNode(reason));
    return TaskTable.end(handle, task, status, reason);
  }

  private boolean isRepeated(Status status, long token) {
    return task.status() == status && task.leaseToken() == token;
  }

  private boolean isRepeated(Status status, long token, String reason) {
    return isRepeated(status, token) && task.failure().equals(Optional.of(reason));
  }

  private void publish(Status status, String what, JsonNode outcome) {
    String word = status.name().toLowerCase(Locale.ROOT);
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("task_id", task.taskId().toString());
    body.put("kind", task.kind()).put("key", task.key()).put("aggregate", task.aggregate());
    // As it stands: it may be as deep as an event, and is not for the gateway to judge.
    body.putRawValue("payload", new RawValue(task.payload().orElseThrow().text()));
    body.set(what, outcome);
    task.saga().ifPresent(saga -> body.put("saga", saga));
    task.instance().ifPresent(instance -> body.put("instance", instance));
    new OutboxEvent(
            task.tenant(),
            task.source(),
            EventId.ofEffect(task.tenant(), task.source(), task.taskId().toString(), "task", word),
            "task." + word,
            task.aggregate(),
            task.saga()
                .map(saga -> EventId.ofInstance(task.tenant(), task.source(), saga, task.cause()))
                .orElseGet(() -> EventId.of(task.tenant(), task.source(), task.cause())),
            task.depth(),
            task.asOf(),
            body)
        .write(handle);
  }
}
