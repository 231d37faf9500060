package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.auth.Authenticator;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.operations.AuditAction;
import dev.tidegate.gateway.operations.AuditTrail;
import dev.tidegate.gateway.operations.JsonBody;
import dev.tidegate.gateway.operations.Operators;
import dev.tidegate.gateway.operations.PageRequest;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.replay.Replay.Status;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.DatabaseConfiguration;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.LedgerDatabase;
import dev.tidegate.gateway.store.Parameters;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** {@code /admin/replays}, and the replays of named events. For operators. */
public final class ReplayRoutes implements Routes, AutoCloseable {
  /** Replays of a tenant that have not ended. */
  static final int MOST_UNFINISHED = 20;

  static final double STANDARD_RATE = 50;
  private static final Duration RETRY = Duration.ofSeconds(30);
  private static final Optional<String> ID = Optional.of("id");

  private final Operators operators;
  private final EventToken tokens;
  private final Optional<ReplayScheduler> scheduler;
  private final EventReplays events;

  /**
   * Goes on with the replays that have not ended, too.
   *
   * @param database for requests; without one, all of them are answered 503
   * @param replayDatabase for the replays' own work
   */
  public ReplayRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      Optional<LedgerDatabase> replayDatabase,
      EventPublisher publisher,
      EventToken tokens) {
    this(authenticator, database, replayDatabase, publisher, tokens, ReplayTiming.STANDARD);
  }

  ReplayRoutes(
      Authenticator authenticator,
      Optional<LedgerDatabase> database,
      Optional<LedgerDatabase> replayDatabase,
      EventPublisher publisher,
      EventToken tokens,
      ReplayTiming timing) {
    this.operators = new Operators(authenticator, database);
    this.tokens = tokens;
    ReplayPublisher replays = new ReplayPublisher(publisher, timing.publish());
    this.scheduler = replayDatabase.map(own -> new ReplayScheduler(own, replays, tokens, timing));
    this.events = new EventReplays(this, replays, tokens);
  }

  /** Connections for replays alone: they then take none from requests. */
  public static LedgerDatabase openDatabase(DatabaseConfiguration configuration) {
    return LedgerDatabase.open(
        new DatabaseConfiguration(
            configuration.jdbcUrl(),
            configuration.username(),
            configuration.password(),
            ReplayScheduler.THREADS));
  }

  @Override
  public void addTo(ServerBuilder server) {
    server
        .route()
        .post("/admin/replays")
        .build(operators.mayAct(AuditAction.START_REPLAY, Optional.empty(), this::create));
    server.route().get("/admin/replays").build(operators.mayRead(this::list));
    server.route().get("/admin/replays/{id}").build(operators.mayRead(this::show));
    server
        .route()
        .post("/admin/replays/{id}/pause")
        .build(
            operators.mayAct(
                AuditAction.PAUSE_REPLAY,
                ID,
                call -> change(call, AuditAction.PAUSE_REPLAY, Status.PAUSED, Status.RUNNING)));
    server
        .route()
        .post("/admin/replays/{id}/resume")
        .build(
            operators.mayAct(
                AuditAction.RESUME_REPLAY,
                ID,
                call ->
                    change(
                        call,
                        AuditAction.RESUME_REPLAY,
                        Status.RUNNING,
                        Status.PAUSED,
                        Status.FAILED)));
    server
        .route()
        .post("/admin/replays/{id}/cancel")
        .build(
            operators.mayAct(
                AuditAction.CANCEL_REPLAY,
                ID,
                call ->
                    change(
                        call,
                        AuditAction.CANCEL_REPLAY,
                        Status.CANCELLED,
                        Status.RUNNING,
                        Status.PAUSED,
                        Status.FAILED)));
    server
        .route()
        .post("/admin/events/{id}/replay")
        .build(operators.mayAct(AuditAction.REPLAY_EVENT, ID, events::replayNow));
    server
        .route()
        .post("/process-event")
        .build(operators.mayAct(AuditAction.START_REPLAY, Optional.empty(), events::processEvent));
    server
        .route()
        .post("/process-batch")
        .build(operators.mayAct(AuditAction.START_REPLAY, Optional.empty(), events::processBatch));
  }

  private HttpResponse create(Call call) throws SQLException {
    call.parameters().check();
    JsonBody body = JsonBody.of(call.request());
    ReplayOrigin origin =
        body.oneOf(
                "/from",
                new ReplayOrigin[] {ReplayOrigin.DEAD_LETTERS, ReplayOrigin.LEDGER},
                Enum::name)
            .orElse(ReplayOrigin.DEAD_LETTERS);
    ReplayFilter filter = ReplayFilter.read(body, origin);
    double rate =
        body.number("/eventsPerSecond", Replay.LEAST_RATE, Replay.MOST_RATE).orElse(STANDARD_RATE);
    boolean dryRun = body.flag("/dryRun");
    body.check();
    Optional<List<String>> scope =
        call.caller().spansTenants()
            ? Optional.empty()
            : Optional.of(List.of(call.caller().tenant()));
    if (scope.isPresent() && !scope.get().containsAll(filter.tenants())) {
      throw TenantScope.foreign("/filter/tenants");
    }
    if (dryRun) {
      long selected =
          call.database()
              .withHandle(
                  handle ->
                      new ReplaySelection(origin, filter, scope, ReplayTable.now(handle))
                          .count(handle, tokens));
      return JsonAnswer.ok(
          Json.mapper().createObjectNode().put("dryRun", true).put("selected", selected));
    }
    return accepted(
        call.database()
            .withHandle(
                handle ->
                    start(
                        handle,
                        call,
                        new ReplaySelection(origin, filter, scope, ReplayTable.now(handle)),
                        rate))
            .toJson());
  }

  /** Adds a replay, and its record of the audit. {@link #accepted} then has it run. */
  Replay start(Handle handle, Call call, ReplaySelection selection, double rate)
      throws SQLException {
    List<String> tenants = selection.tenants().orElse(selection.filter().tenants());
    String tenant = tenants.size() == 1 ? tenants.get(0) : TenantScope.SEVERAL;
    requireRoom(handle, tenant);
    long selected = selection.count(handle, tokens);
    Replay replay = ReplayTable.insert(handle, call, tenant, selection, rate, selected);
    ObjectNode details = Json.mapper().createObjectNode();
    details.put("from", selection.origin().name());
    details.set("filter", selection.filter().toJson());
    details.put("selected", selected);
    AuditTrail.done(
        handle.getConnection(),
        call,
        AuditAction.START_REPLAY,
        tenant,
        replay.replayId().toString(),
        details);
    return replay;
  }

  HttpResponse accepted(ObjectNode replay) {
    scheduler.ifPresent(ReplayScheduler::wake);
    return JsonAnswer.of(HttpStatus.ACCEPTED, replay)
        .mapHeaders(
            headers ->
                headers.toBuilder()
                    .set(
                        HttpHeaderNames.LOCATION,
                        "/admin/replays/" + replay.path("replayId").asText())
                    .build());
  }

  private static void requireRoom(Handle handle, String tenant) {
    if (ReplayTable.countUnfinished(handle, tenant) >= MOST_UNFINISHED) {
      throw Problem.of(
              ProblemType.TOO_MANY_REQUESTS,
              "The tenant has %d replays that have not ended. Wait for one, or cancel one."
                  .formatted(MOST_UNFINISHED))
          .retryAfter(RETRY)
          .asException();
    }
  }

  private HttpResponse list(Call call) throws SQLException {
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    Optional<Status> status = parameters.oneOf("status", Status.values());
    PageRequest page = PageRequest.of(parameters);
    parameters.check();
    List<Replay> replays =
        call.database().withHandle(handle -> ReplayTable.list(handle, scope, status, page));
    return JsonAnswer.ok(page.toJson("replays", replays.stream().map(Replay::toJson).toList()));
  }

  private HttpResponse show(Call call) throws SQLException {
    TenantScope scope = call.scope();
    UUID id = idOf(call);
    return JsonAnswer.ok(call.database().withHandle(handle -> find(handle, scope, id)).toJson());
  }

  private HttpResponse change(Call call, AuditAction action, Status to, Status... from)
      throws SQLException {
    TenantScope scope = call.scope();
    JsonBody.refuse(call.request());
    UUID id = idOf(call);
    Replay changed =
        call.database()
            .withHandle(
                handle -> {
                  Replay replay = find(handle, scope, id);
                  if (to == Status.RUNNING && replay.is(Status.FAILED)) {
                    requireRoom(handle, replay.tenantId());
                  }
                  Replay now =
                      ReplayTable.change(handle, replay, List.of(from), to)
                          .orElseThrow(
                              () ->
                                  Problem.of(
                                          ProblemType.CONFLICT,
                                          "The replay is %s.".formatted(replay.status()))
                                      .asException());
                  ObjectNode details = Json.mapper().createObjectNode();
                  details.put("from", replay.status()).put("to", to.name());
                  AuditTrail.done(
                      handle.getConnection(), call, action, now.tenantId(), id.toString(), details);
                  return now;
                });
    scheduler.ifPresent(ReplayScheduler::wake);
    return JsonAnswer.ok(changed.toJson());
  }

  private static Replay find(Handle handle, TenantScope scope, UUID id) {
    return ReplayTable.find(handle, scope, id).orElseThrow(ReplayRoutes::notFound);
  }

  private static UUID idOf(Call call) {
    try {
      return UUID.fromString(call.pathPart("id"));
    } catch (IllegalArgumentException notAnId) {
      throw notFound();
    }
  }

  private static RuntimeException notFound() {
    return Problem.of(ProblemType.NOT_FOUND, "This tenant has no such replay.").asException();
  }

  /** Stops replays; they go on with the next start. */
  @Override
  public void close() {
    scheduler.ifPresent(ReplayScheduler::close);
  }
}
