package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseEntity;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.api.ListQuery;
import dev.tidegate.gateway.api.TenantQuery;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.DryRun;
import dev.tidegate.schemas.StorableText;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jdbi.v3.core.Handle;

/** {@code /admin/dry-runs}. */
final class DryRunService {
  private static final Duration WHEN_FULL = Duration.ofSeconds(10);

  /** How many events are taken. */
  record Limit(long events) {
    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Limit of(Long events) {
      if (events == null || events < 1 || events > DryRun.MOST_LIMIT) {
        throw new IllegalArgumentException(
            "It must be a whole number from 1 to %d.".formatted(DryRun.MOST_LIMIT));
      }
      return new Limit(events);
    }
  }

  /** What is to be run. */
  record DryRunRequest(
      Optional<ReplayOrigin> origin, Optional<ReplayFilter> filter, Optional<Limit> limit) {}

  /** A body that says nothing, or none. */
  record NoBody() {}

  /** Details of an audit record. */
  record StartDetails(ReplayOrigin origin, ReplayFilter filter, long selected) {}

  /** Details of an audit record: none. */
  record NoDetails() {}

  private final EventToken tokens;
  private final Optional<DryRuns> runs;

  DryRunService(EventToken tokens, Optional<DryRuns> runs) {
    this.tokens = tokens;
    this.runs = runs;
  }

  /** Starts a dry run. */
  @Post("/admin/dry-runs")
  public CompletionStage<ResponseEntity<DryRunRecord>> create(
      Call call, TenantQuery.Only query, DryRunRequest request) {
    ReplayOrigin origin = request.origin().orElse(ReplayOrigin.DEAD_LETTERS);
    ReplayFilter filter = request.filter().orElse(ReplayFilter.ofEvents(List.of()));
    Optional<List<String>> scope = ReplaySelection.scopeOf(call, query, origin, filter);
    long limit = request.limit().map(Limit::events).orElse((long) DryRun.STANDARD_LIMIT);
    DryRuns own =
        runs.orElseThrow(
            () ->
                Problem.of(
                        ProblemType.NOT_IMPLEMENTED,
                        "A dry run needs handlers, and this gateway has none: only tidegate up"
                            + " runs the pipeline in the gateway's process. Use"
                            + " tidegate what-if against this database.")
                    .asException());
    if (!own.takeRoom()) {
      throw Problem.of(
              ProblemType.TOO_MANY_REQUESTS,
              "This gateway works on %d dry runs. Wait for one, or cancel one."
                  .formatted(DryRuns.THREADS))
          .retryAfter(WHEN_FULL)
          .asException();
    }
    AtomicBoolean kept = new AtomicBoolean();
    return call.inTransaction(
            handle -> {
              ReplaySelection selection =
                  new ReplaySelection(origin, filter, scope, ReplayTable.now(handle));
              return new Started(selection, insert(handle, call, selection, limit));
            })
        .thenApply(
            started -> {
              own.start(started.run.dryRunId(), started.selection, limit);
              kept.set(true);
              return ResponseEntity.of(
                  ResponseHeaders.of(
                      HttpStatus.ACCEPTED,
                      HttpHeaderNames.LOCATION,
                      "/admin/dry-runs/" + started.run.dryRunId()),
                  started.run);
            })
        .whenComplete(
            (done, failure) -> {
              if (!kept.get()) {
                own.giveBack();
              }
            });
  }

  private record Started(ReplaySelection selection, DryRunRecord run) {}

  private DryRunRecord insert(Handle handle, Call call, ReplaySelection selection, long limit) {
    String tenant = selection.owner();
    if (DryRunRecord.isRunning(handle, tenant)) {
      throw Problem.of(
              ProblemType.TOO_MANY_REQUESTS,
              "The tenant has a dry run that has not ended. Wait for it, or cancel it.")
          .retryAfter(WHEN_FULL)
          .asException();
    }
    UUID id = UUID.randomUUID();
    long selected = selection.count(handle, tokens, limit);
    handle
        .createUpdate(
            """
            INSERT INTO dry_runs (
              tenant_id, dry_run_id, origin, filter, selected, requested_by, requested_by_tenant,
              created_at)
            VALUES (:tenant, :id, :origin, :filter::jsonb, :selected, :caller, :callerTenant,
              :asked)
            """)
        .bind("tenant", tenant)
        .bind("id", id)
        .bind("origin", selection.origin().name())
        .bind("filter", Api.text(selection.filter()))
        .bind("selected", selected)
        .bind("caller", call.caller().subject().map(StorableText::of))
        .bind("callerTenant", call.caller().tenant())
        .bind("asked", selection.asked().atOffset(ZoneOffset.UTC))
        .execute();
    call.audit(
        handle,
        AuditAction.START_DRY_RUN,
        tenant,
        id.toString(),
        new StartDetails(selection.origin(), selection.filter(), selected));
    return DryRunRecord.find(handle, new TenantScope(Optional.empty()), id).orElseThrow();
  }

  /** The last asked for first. */
  @Get("/admin/dry-runs")
  public CompletionStage<Page<DryRunRecord>> list(Call call, ListQuery.Only query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(handle -> DryRunRecord.list(handle, scope, query.page()));
  }

  /** One dry run, with its result. */
  @Get("/admin/dry-runs/{id}")
  public CompletionStage<DryRunRecord> show(
      Call call, TenantQuery.Only query, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(handle -> find(handle, scope, id));
  }

  /** Ends it. */
  @Post("/admin/dry-runs/{id}/cancel")
  public CompletionStage<DryRunRecord> cancel(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          DryRunRecord run = find(handle, scope, id);
          String tenant = run.tenant().orElse(TenantScope.SEVERAL);
          int cancelled =
              handle.execute(
                  "UPDATE dry_runs SET status = 'CANCELLED', finished_at = now(),"
                      + " updated_at = now()"
                      + " WHERE tenant_id = ? AND dry_run_id = ? AND status = 'RUNNING'",
                  tenant,
                  run.dryRunId());
          if (cancelled == 0) {
            throw Problem.of(ProblemType.CONFLICT, "The dry run is %s.".formatted(run.status()))
                .asException();
          }
          call.audit(handle, AuditAction.CANCEL_DRY_RUN, tenant, id, new NoDetails());
          return find(handle, scope, id);
        });
  }

  private static DryRunRecord find(Handle handle, TenantScope scope, String id) {
    return Call.idOf(id)
        .flatMap(known -> DryRunRecord.find(handle, scope, known))
        .orElseThrow(
            () ->
                Problem.of(ProblemType.NOT_FOUND, "This tenant has no such dry run.")
                    .asException());
  }
}
