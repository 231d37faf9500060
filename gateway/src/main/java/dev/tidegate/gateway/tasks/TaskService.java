package dev.tidegate.gateway.tasks;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.api.ListQuery;
import dev.tidegate.gateway.api.Reason;
import dev.tidegate.gateway.api.TenantQuery;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.gateway.tasks.Task.Status;
import dev.tidegate.schemas.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** {@code /tasks}, for those who work tasks off. */
final class TaskService {
  private static final int MOST_KINDS = 100;
  private static final int MOST_RESULT = 1 << 20;

  /** The parameters of the list. */
  record TaskQuery(
      Optional<String> tenant,
      Optional<String> kind,
      Optional<Status> status,
      Optional<String> aggregate,
      Optional<String> saga,
      Optional<String> instance,
      Optional<Instant> dueBefore,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** How many tasks are wanted. */
  record Count(int tasks) {
    private static final int MOST = 100;

    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Count of(Integer tasks) {
      return new Count(whole(tasks, 1, MOST));
    }
  }

  /** How long a lease is to last. */
  record Lease(int seconds) {
    private static final int MOST = 3_600;
    private static final Lease STANDARD = new Lease(60);

    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Lease of(Integer seconds) {
      return new Lease(whole(seconds, 1, MOST));
    }

    Duration duration() {
      return Duration.ofSeconds(seconds);
    }
  }

  /** How long nobody is to claim a task that has failed. */
  record Delay(int seconds) {
    private static final int MOST = 7 * 24 * 3_600;

    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Delay of(Integer seconds) {
      return new Delay(whole(seconds, 0, MOST));
    }
  }

  /**
   * What a claim is for.
   *
   * @param worker who claims; the caller's subject where it is left out
   */
  record ClaimRequest(
      @JsonProperty(required = true) List<String> kinds,
      Optional<Count> count,
      Optional<Lease> leaseSeconds,
      Optional<String> worker) {}

  /** What was claimed: in the order of its urgency. */
  record Claimed(List<Task> items) {}

  /** A lease that is to last longer. */
  record ExtendRequest(@JsonProperty(required = true) Long token, Optional<Lease> leaseSeconds) {}

  /** A task that is done. */
  record CompleteRequest(@JsonProperty(required = true) Long token, Optional<JsonNode> result) {}

  /** A task that could not be done. */
  record FailRequest(
      @JsonProperty(required = true) Long token,
      @JsonProperty(required = true) Reason reason,
      Optional<Boolean> retry,
      Optional<Delay> delaySeconds) {}

  private static int whole(Integer number, int least, int most) {
    if (number == null || number < least || number > most) {
      throw new IllegalArgumentException(
          "It must be a whole number from %d to %d.".formatted(least, most));
    }
    return number;
  }

  /** The last made first. */
  @Get("/tasks")
  public CompletionStage<Page<Task>> list(Call call, TaskQuery query) {
    TenantScope scope = call.scope(query);
    TaskTable.Filter filter =
        new TaskTable.Filter(
            query.kind(),
            query.status(),
            query.aggregate(),
            query.saga(),
            query.instance(),
            query.dueBefore());
    return call.inTransaction(handle -> TaskTable.list(handle, scope, filter, query.page()));
  }

  /** One task. */
  @Get("/tasks/{id}")
  public CompletionStage<Task> show(Call call, TenantQuery.Only query, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle ->
            Call.idOf(id)
                .flatMap(known -> TaskTable.find(handle, scope, known))
                .orElseThrow(Settlement::notFound));
  }

  /** Gives the caller tasks to work off. */
  @Post("/tasks/claim")
  public CompletionStage<Claimed> claim(Call call, TenantQuery.Only query, ClaimRequest request) {
    if (request.kinds().size() > MOST_KINDS) {
      throw Problem.invalid("/kinds", "It must name at most %d kinds.".formatted(MOST_KINDS));
    }
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle ->
            new Claimed(
                TaskTable.claim(
                    handle,
                    scope,
                    request.kinds(),
                    request.count().map(Count::tasks).orElse(1),
                    request.leaseSeconds().orElse(Lease.STANDARD).duration(),
                    request.worker().or(() -> call.caller().subject()))));
  }

  /** Keeps a task for longer. */
  @Post("/tasks/{id}/extend")
  public CompletionStage<Task> extend(
      Call call, TenantQuery.Only query, ExtendRequest request, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    Duration lease = request.leaseSeconds().orElse(Lease.STANDARD).duration();
    return call.inTransaction(
        handle ->
            TaskTable.extend(
                handle, Settlement.of(handle, scope, id).leased(request.token()), lease));
  }

  /** The task is done. The same again is answered the same. */
  @Post("/tasks/{id}/complete")
  public CompletionStage<Task> complete(
      Call call, TenantQuery.Only query, CompleteRequest request, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    Optional<JsonNode> result = request.result().filter(given -> !given.isNull());
    if (result.map(TaskService::charactersOf).orElse(0L) > MOST_RESULT) {
      throw Problem.invalid(
          "/result",
          "It must have at most %d bytes, its numbers written out.".formatted(MOST_RESULT));
    }
    return call.inTransaction(
        handle -> Settlement.of(handle, scope, id).complete(request.token(), result));
  }

  /** The task could not be done: for good, or for now. The same again is answered the same. */
  @Post("/tasks/{id}/fail")
  public CompletionStage<Task> fail(
      Call call, TenantQuery.Only query, FailRequest request, @Param("id") String id) {
    boolean retry = request.retry().orElse(false);
    if (!retry && request.delaySeconds().isPresent()) {
      throw Problem.invalid("/delaySeconds", "Send it with retry, or leave it out.");
    }
    TenantScope scope = call.scope(query);
    String reason = request.reason().text();
    Duration delay = Duration.ofSeconds(request.delaySeconds().map(Delay::seconds).orElse(0));
    return call.inTransaction(
        handle -> {
          Settlement settlement = Settlement.of(handle, scope, id);
          return retry
              ? settlement.retry(request.token(), reason, delay)
              : settlement.fail(request.token(), reason);
        });
  }

  /** As PostgreSQL writes it: {@code 1e999} has a thousand digits. */
  private static long charactersOf(JsonNode json) {
    long characters = Json.write(json).length();
    if (json.isFloatingPointNumber()) {
      return characters + Math.abs((long) json.decimalValue().scale());
    }
    for (JsonNode part : json) {
      characters += part.isValueNode() && !part.isFloatingPointNumber() ? 0 : charactersOf(part);
    }
    return characters;
  }
}
