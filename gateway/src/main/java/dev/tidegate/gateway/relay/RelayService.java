package dev.tidegate.gateway.relay;

import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import dev.tidegate.gateway.api.Api;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.api.ListQuery;
import dev.tidegate.gateway.api.TenantQuery;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.relay.Relay.TableState;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jdbi.v3.core.Handle;

/**
 * {@code /admin/relay}: how far the relay is, and the rows that Pub/Sub has refused for good, for
 * operators. The database tells it, so every gateway answers alike, whichever has the relay.
 */
public final class RelayService implements Routes {
  /** A body that says nothing, or none. */
  record NoBody() {}

  /**
   * A part of the outbox.
   *
   * @param waiting rows that are to be published
   * @param refused rows that Pub/Sub has refused for good
   * @param lagSeconds for how long the oldest of those that wait has waited
   */
  record Lane(int lane, long waiting, long refused, double lagSeconds) {}

  /**
   * Deadlines of sagas that are no events yet.
   *
   * @param nextDueAt when the first will be
   */
  record Deadlines(long waiting, Optional<Instant> nextDueAt) {}

  /**
   * How far the relay is.
   *
   * @param running whether this gateway has one
   * @param problem what keeps it from publishing
   * @param lanes those that have rows
   * @param tables applications' own tables of events, as far as this gateway's relay reads them
   */
  record Status(
      boolean running,
      Optional<String> problem,
      long waiting,
      long refused,
      double lagSeconds,
      List<Lane> lanes,
      Deadlines deadlines,
      List<TableState> tables) {}

  /** What was done; also the details of its audit record. */
  record Done(UUID eventId, String source, String eventType, String aggregate) {}

  private static final String LANES =
      """
      SELECT lane, count(*) FILTER (WHERE refused_at IS NULL) AS waiting,
        count(*) FILTER (WHERE refused_at IS NOT NULL) AS refused,
        coalesce(extract(epoch FROM clock_timestamp()
          - min(created_at) FILTER (WHERE refused_at IS NULL)), 0)::float8 AS lag_seconds
      FROM outbox WHERE %s GROUP BY lane ORDER BY lane
      """;

  private static final String DEADLINES =
      """
      SELECT count(*) AS waiting, min(due_at) AS next_due_at
      FROM saga_deadlines WHERE %s
      """;

  private final Api api;
  private final Optional<Relay> relay;

  /**
   * @param database without one, all requests are answered 503
   * @param relay of this gateway
   */
  public RelayService(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      EventToken eventTokens,
      Optional<Relay> relay) {
    this.api = new Api(authenticator, database, eventTokens);
    this.relay = relay;
  }

  @Override
  public void addTo(ServerBuilder server) {
    api.addForOperators(server, this);
  }

  /** How far the relay is. */
  @Get("/admin/relay")
  public CompletionStage<Status> status(Call call, TenantQuery.Only query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(handle -> status(handle, scope));
  }

  private Status status(Handle handle, TenantScope scope) {
    var rows = scope.where();
    List<Lane> lanes =
        rows.bindTo(handle.createQuery(LANES.formatted(rows.text()))).mapTo(Lane.class).list();
    var waiting = scope.where().add("emitted_at IS NULL");
    Deadlines deadlines =
        waiting
            .bindTo(handle.createQuery(DEADLINES.formatted(waiting.text())))
            .mapTo(Deadlines.class)
            .one();
    return new Status(
        relay.isPresent(),
        relay.flatMap(Relay::problem),
        lanes.stream().mapToLong(Lane::waiting).sum(),
        lanes.stream().mapToLong(Lane::refused).sum(),
        lanes.stream().mapToDouble(Lane::lagSeconds).max().orElse(0),
        lanes,
        deadlines,
        relay.map(Relay::states).orElse(List.of()).stream()
            .filter(table -> scope.tenant().isEmpty() || table.tenant().equals(scope.tenant()))
            .toList());
  }

  /** The refused rows, the last refused first. */
  @Get("/admin/relay/refused")
  public CompletionStage<Page<RefusedRow>> refused(Call call, ListQuery.Only query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(handle -> RefusedRow.list(handle, scope, query.page()));
  }

  /** Has one published again. */
  @Post("/admin/relay/refused/{eventId}/retry")
  public CompletionStage<Done> retry(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("eventId") String id) {
    return act(call, query, id, AuditAction.RETRY_REFUSED_ROW);
  }

  /** Forgets one. */
  @Post("/admin/relay/refused/{eventId}/discard")
  public CompletionStage<Done> discard(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("eventId") String id) {
    return act(call, query, id, AuditAction.DISCARD_REFUSED_ROW);
  }

  private static CompletionStage<Done> act(
      Call call, TenantQuery query, String id, AuditAction action) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          RefusedRow row =
              Call.idOf(id)
                  .flatMap(eventId -> RefusedRow.find(handle, scope, eventId))
                  .orElseThrow(
                      () ->
                          Problem.of(ProblemType.NOT_FOUND, "This tenant has no such refused row.")
                              .asException());
          Done done = new Done(row.eventId(), row.source(), row.eventType(), row.aggregate());
          call.audit(handle, action, row.tenant(), id, done);
          if (action == AuditAction.RETRY_REFUSED_ROW) {
            row.retry(handle);
          } else {
            row.discard(handle);
          }
          return done;
        });
  }
}
