package dev.tidegate.gateway.sagas;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import com.linecorp.armeria.server.annotation.StatusCode;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.api.ListQuery;
import dev.tidegate.gateway.api.Reason;
import dev.tidegate.gateway.api.TenantQuery;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.sagas.SagaInstance.Status;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.EventReference;
import dev.tidegate.gateway.store.OutboxEvent;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.EventId;
import dev.tidegate.schemas.Json;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * {@code /sagas}, for operators. A request about an instance is an event: the pipeline does it
 * where it folds the instance.
 */
final class SagaService {

  /** The parameters of the list. */
  record SagaQuery(
      Optional<String> tenant,
      Optional<String> saga,
      Optional<Status> status,
      Optional<String> source,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** The parameters of one instance. */
  record InstanceQuery(Optional<String> tenant, Optional<String> source) implements TenantQuery {}

  /** A body that says nothing, or none. */
  record NoBody() {}

  /** Why an instance is cancelled. */
  record CancelRequest(@JsonProperty(required = true) Reason reason) {}

  /** A request to the pipeline, with the event that carries it. */
  record Asked(String saga, String instance, String tenant, EventReference eventId) {}

  /** Details of an audit record. */
  record Details(String source, UUID notificationId, Optional<String> reason) {}

  /** Those that have waited longest first. */
  @Get("/sagas")
  public CompletionStage<Page<SagaInstance>> list(Call call, SagaQuery query) {
    TenantScope scope = call.scope(query);
    SagaInstance.Filter filter =
        new SagaInstance.Filter(query.saga(), query.status(), query.source());
    return call.inTransaction(handle -> SagaInstance.list(handle, scope, filter, query.page()));
  }

  /** One instance. */
  @Get("/sagas/{saga}/{instance}")
  public CompletionStage<SagaInstance.Detail> show(
      Call call,
      InstanceQuery query,
      @Param("saga") String saga,
      @Param("instance") String instance) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> SagaInstance.find(handle, scope, query.source(), saga, instance).detail(handle));
  }

  /** Has the instance folded again: by a release that has mended what made it fail, say. */
  @Post("/sagas/{saga}/{instance}/retry")
  @StatusCode(202)
  public CompletionStage<Asked> retry(
      Call call,
      InstanceQuery query,
      NoBody nothing,
      @Param("saga") String saga,
      @Param("instance") String instance) {
    return ask(call, query, saga, instance, EffectEvents.SAGA_RETRY, Optional.empty());
  }

  /** Ends the instance, and takes back what it has caused and is not done yet. */
  @Post("/sagas/{saga}/{instance}/cancel")
  @StatusCode(202)
  public CompletionStage<Asked> cancel(
      Call call,
      InstanceQuery query,
      CancelRequest request,
      @Param("saga") String saga,
      @Param("instance") String instance) {
    return ask(
        call,
        query,
        saga,
        instance,
        EffectEvents.SAGA_CANCEL,
        Optional.of(request.reason().text()));
  }

  private static CompletionStage<Asked> ask(
      Call call,
      InstanceQuery query,
      String saga,
      String instance,
      String type,
      Optional<String> reason) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          SagaInstance row = SagaInstance.find(handle, scope, query.source(), saga, instance);
          boolean isCancel = type.equals(EffectEvents.SAGA_CANCEL);
          if (isCancel && (row.status() == Status.COMPLETED || row.status() == Status.CANCELLED)) {
            throw Problem.of(
                    ProblemType.CONFLICT, "The instance is %s already.".formatted(row.status()))
                .asException();
          }
          UUID eventId = UUID.randomUUID();
          ObjectNode body = Json.mapper().createObjectNode();
          body.put("saga", saga).put("instance", instance);
          reason.ifPresent(text -> body.put("reason", text));
          new OutboxEvent(
                  row.tenant(),
                  row.source(),
                  eventId,
                  type,
                  saga + "/" + instance,
                  EventId.ofInstance(row.tenant(), row.source(), saga, instance),
                  1,
                  Optional.empty(),
                  body)
              .write(handle);
          call.audit(
              handle,
              isCancel ? AuditAction.CANCEL_SAGA : AuditAction.RETRY_SAGA,
              row.tenant(),
              saga + "/" + instance,
              new Details(row.source(), eventId, reason));
          return new Asked(
              saga,
              instance,
              row.tenant(),
              new EventReference(
                  row.tenant(), EventId.of(row.tenant(), row.source(), eventId.toString())));
        });
  }
}
