package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseEntity;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.annotation.Get;
import com.linecorp.armeria.server.annotation.Param;
import com.linecorp.armeria.server.annotation.Post;
import com.linecorp.armeria.server.annotation.StatusCode;
import dev.tidegate.gateway.api.Call;
import dev.tidegate.gateway.api.ListQuery;
import dev.tidegate.gateway.api.TenantQuery;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.replay.Replay.Status;
import dev.tidegate.gateway.replay.ReplayFilter.LetterStatus;
import dev.tidegate.gateway.replay.ReplayPublisher.Outcome;
import dev.tidegate.gateway.replay.ReplaySelection.Count;
import dev.tidegate.gateway.replay.ReplaySelection.Entry;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.Page;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.StorableText;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** {@code /admin/replays}, and the replays of named events. */
final class ReplayService {
  /** Replays of a tenant that have not ended. */
  static final int MOST_UNFINISHED = 20;

  private static final int MOST_EVENTS = 100;

  /** A preview counts no further. */
  private static final long MOST_COUNTED = 1_000_000;

  private static final int MOST_KINDS = 100;
  private static final double STANDARD_RATE = 50;
  private static final Duration WHEN_FULL = Duration.ofSeconds(30);
  private static final Duration WHEN_AWAY = Duration.ofSeconds(5);

  /** Events a second. */
  record Rate(double eventsPerSecond) {
    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Rate of(Double rate) {
      if (rate == null || !(rate >= Replay.LEAST_RATE && rate <= Replay.MOST_RATE)) {
        throw new IllegalArgumentException(
            "It must be a number from %s to %s.".formatted(Replay.LEAST_RATE, Replay.MOST_RATE));
      }
      return new Rate(rate);
    }
  }

  /** What is to be replayed; or only to be counted. */
  record ReplayRequest(
      Optional<ReplayOrigin> from,
      Optional<ReplayFilter> filter,
      Optional<Rate> eventsPerSecond,
      Optional<EffectMode> effects,
      Optional<ReplayAction> action,
      Optional<Cause> reason,
      Optional<Boolean> dryRun) {}

  /** Why many events are replayed or discarded, in the words of the caller. */
  record Cause(String text) {
    private static final int MOST = 500;

    /** Reads it. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Cause of(String text) {
      if (text == null
          || text.isBlank()
          || text.length() > MOST
          || !StorableText.isStorable(text)) {
        throw new IllegalArgumentException(
            "It must be 1 to %d characters, without NUL and halves of surrogate pairs."
                .formatted(MOST));
      }
      return new Cause(text);
    }
  }

  /**
   * How events are replayed.
   *
   * @param cause why, in the words of the caller
   */
  record Terms(
      ReplayAction action, Optional<String> cause, EffectMode effects, double eventsPerSecond) {}

  /** How many events there are of a type. */
  record TypeCount(String source, Optional<String> eventType, long events) {}

  /** How many events there are of a tenant. */
  record TenantCount(String tenant, long events) {}

  /** How many events there are of an error class. */
  record ErrorClassCount(String errorClass, long events) {}

  /**
   * Which effects the events may cause.
   *
   * @param repeated how many would be caused again; only where all are
   */
  record EffectPreview(EffectMode mode, Optional<Long> repeated) {}

  /**
   * What a replay would take.
   *
   * @param exact whether there are no more; only so many are counted
   */
  record ReplayPreview(
      long selected,
      boolean exact,
      List<TypeCount> byType,
      List<TenantCount> byTenant,
      List<ErrorClassCount> byErrorClass,
      EffectPreview effects) {}

  /**
   * What a replay would do.
   *
   * @param selected how many events it would take
   * @param effects which effects they may cause
   * @param effectsRepeated how many effects would be caused again; only where all are
   */
  record ReplayCount(
      boolean dryRun, long selected, EffectMode effects, Optional<Long> effectsRepeated) {}

  /** The parameters of the list. */
  record ReplayQuery(
      Optional<String> tenant,
      Optional<Status> status,
      Optional<Limit> limit,
      Optional<Cursor> cursor)
      implements ListQuery {}

  /** The parameters of a replay at once. */
  record EventReplayQuery(Optional<String> tenant, Optional<EffectMode> effects)
      implements TenantQuery {}

  /** A body that says nothing, or none. */
  record NoBody() {}

  /** The event to be replayed. */
  record EventRequest(
      @JsonProperty(required = true) String eventId, Optional<EffectMode> effects) {}

  /** The events to be replayed. */
  record BatchRequest(
      @JsonProperty(required = true) List<String> eventIds, Optional<EffectMode> effects) {}

  /** A replay of the events that were named, without those that cannot be replayed. */
  record EventsReplay(@JsonUnwrapped Replay replay, Optional<List<Problem.Error>> skipped) {}

  /** An event that was published again. */
  record EventReplay(String eventId, UUID replayId, int messages) {}

  /** Details of audit records. */
  record StartDetails(
      ReplayOrigin from,
      ReplayFilter filter,
      ReplayAction action,
      Optional<String> reason,
      EffectMode effects,
      long selected) {}

  /** Details of an audit record. */
  record ChangeDetails(String from, Status to) {}

  /** Details of an audit record. */
  record EventDetails(UUID replayId, EffectMode effects, int messages) {}

  /** What a request asks for, with what stands for what it does not say. */
  private record Wanted(
      ReplayOrigin origin, ReplayFilter filter, ReplayAction action, EffectMode effects) {
    /**
     * @throws dev.tidegate.gateway.http.ProblemException where that cannot be discarded
     */
    static Wanted of(ReplayRequest request) {
      ReplayOrigin origin = request.from().orElse(ReplayOrigin.DEAD_LETTERS);
      ReplayFilter filter = request.filter().orElse(ReplayFilter.ofEvents(List.of()));
      if (request.action().orElse(ReplayAction.REPLAY) == ReplayAction.REPLAY) {
        return new Wanted(
            origin, filter, ReplayAction.REPLAY, request.effects().orElse(origin.usualEffects()));
      }
      if (origin != ReplayOrigin.DEAD_LETTERS) {
        throw Problem.invalid("/action", "Only DEAD_LETTERS can be discarded.");
      }
      if (filter.letterStatus().filter(status -> status != LetterStatus.OPEN).isPresent()) {
        throw Problem.invalid("/filter/letterStatus", "Only OPEN letters can be discarded.");
      }
      return new Wanted(origin, filter, ReplayAction.DISCARD, EffectMode.NONE);
    }
  }

  private final EventToken tokens;
  private final ReplayPublisher publisher;
  private final Runnable wake;

  /**
   * @param wake called when a replay may run
   */
  ReplayService(EventToken tokens, ReplayPublisher publisher, Runnable wake) {
    this.tokens = tokens;
    this.publisher = publisher;
    this.wake = wake;
  }

  /** Starts a replay, or counts what it would take. */
  @Post("/admin/replays")
  public CompletionStage<Object> create(Call call, TenantQuery.Only query, ReplayRequest request) {
    Wanted wanted = Wanted.of(request);
    Optional<List<String>> scope =
        ReplaySelection.scopeOf(call, query, wanted.origin, wanted.filter);
    return call.inTransaction(
            handle -> {
              ReplaySelection selection =
                  new ReplaySelection(wanted.origin, wanted.filter, scope, ReplayTable.now(handle));
              if (request.dryRun().orElse(false)) {
                return new ReplayCount(
                    true,
                    selection.count(handle, tokens),
                    wanted.effects,
                    repeatedEffects(handle, wanted, selection));
              }
              double rate =
                  request
                      .eventsPerSecond()
                      .map(Rate::eventsPerSecond)
                      .orElse(
                          wanted.action == ReplayAction.DISCARD ? Replay.MOST_RATE : STANDARD_RATE);
              Replay replay =
                  start(
                      handle,
                      call,
                      AuditAction.START_REPLAY,
                      selection,
                      new Terms(
                          wanted.action, request.reason().map(Cause::text), wanted.effects, rate));
              return accepted(replay, replay);
            })
        .whenComplete((done, failure) -> wake.run());
  }

  /** How many effects would be caused again; only where all are. */
  private Optional<Long> repeatedEffects(Handle handle, Wanted wanted, ReplaySelection selection) {
    return wanted.effects == EffectMode.ALL
        ? Optional.of(selection.countEffects(handle, tokens))
        : Optional.empty();
  }

  /** Tells what a replay would take, and does nothing. */
  @Post("/admin/replays/preview")
  public CompletionStage<ReplayPreview> preview(
      Call call, TenantQuery.Only query, ReplayRequest request) {
    Wanted wanted = Wanted.of(request);
    Optional<List<String>> scope =
        ReplaySelection.scopeOf(call, query, wanted.origin, wanted.filter);
    return call.inTransaction(
        handle -> {
          ReplaySelection selection =
              new ReplaySelection(wanted.origin, wanted.filter, scope, ReplayTable.now(handle));
          Map<String, List<Count>> counts =
              selection.counts(handle, tokens, MOST_COUNTED + 1, MOST_KINDS).stream()
                  .collect(Collectors.groupingBy(Count::dimension));
          long selected = counts.get("all").get(0).events();
          return new ReplayPreview(
              Math.min(selected, MOST_COUNTED),
              selected <= MOST_COUNTED,
              counts.getOrDefault("type", List.of()).stream()
                  .map(
                      count ->
                          new TypeCount(
                              count.source().orElse(""), count.eventType(), count.events()))
                  .toList(),
              counts.getOrDefault("tenant", List.of()).stream()
                  .map(count -> new TenantCount(count.tenant().orElse(""), count.events()))
                  .toList(),
              counts.getOrDefault("errorClass", List.of()).stream()
                  .map(count -> new ErrorClassCount(count.errorClass().orElse(""), count.events()))
                  .toList(),
              new EffectPreview(wanted.effects, repeatedEffects(handle, wanted, selection)));
        });
  }

  /** Replays an event. */
  @Post("/process-event")
  public CompletionStage<ResponseEntity<EventsReplay>> processEvent(
      Call call, TenantQuery.Only query, EventRequest request) {
    return startEvents(
        call, call.scope(query), List.of(request.eventId()), request.effects(), "/eventId");
  }

  /** Replays events. What is wrong with one of them does not keep the others. */
  @Post("/process-batch")
  public CompletionStage<ResponseEntity<EventsReplay>> processBatch(
      Call call, TenantQuery.Only query, BatchRequest request) {
    List<String> ids = request.eventIds();
    if (ids.size() > MOST_EVENTS) {
      throw Problem.of(ProblemType.INVALID_REQUEST, "Correct what errors names.")
          .withErrors(
              List.of(
                  new Problem.Error(
                      "/eventIds", "It must name at most %d events.".formatted(MOST_EVENTS))))
          .asException();
    }
    return startEvents(call, call.scope(query), ids, request.effects(), "/eventIds/%d");
  }

  /** Publishes an event again while the caller waits. */
  @Post("/admin/events/{id}/replay")
  @StatusCode(202)
  public CompletionStage<EventReplay> replayNow(
      Call call, EventReplayQuery query, NoBody nothing, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    EffectMode effects = query.effects().orElse(ReplayOrigin.EVENTS.usualEffects());
    UUID replayId = UUID.randomUUID();
    return call.inTransaction(
            handle -> {
              LedgerEvent event = find(handle, call, scope, id);
              List<Entry> kept =
                  selection(handle, Set.of(event.tenant()), List.of(id))
                      .read(handle, tokens, null, MOST_EVENTS);
              if (kept.isEmpty()) {
                throw nothingKept();
              }
              // Before it is published: what was done is written down, whatever comes then.
              call.audit(
                  handle,
                  AuditAction.REPLAY_EVENT,
                  event.tenant(),
                  id,
                  new EventDetails(replayId, effects, kept.size()));
              return kept;
            })
        .thenApplyAsync(
            kept -> {
              publishNow(kept, replayId, effects);
              return new EventReplay(id, replayId, kept.size());
            },
            call.context().blockingTaskExecutor());
  }

  private void publishNow(List<Entry> entries, UUID replayId, EffectMode effects) {
    List<Outcome> outcomes =
        publisher.publish(
            entries.stream().map(Entry::event).toList(), replayId.toString(), effects, () -> true);
    if (outcomes.contains(Outcome.REFUSED)) {
      throw Problem.of(
              ProblemType.CONFLICT,
              "The event is larger than Pub/Sub takes. Replay it into the sinks.")
          .asException();
    }
    if (outcomes.contains(Outcome.UNAVAILABLE)) {
      throw Problem.of(ProblemType.UNAVAILABLE, "Pub/Sub is away. Try again later.")
          .retryAfter(WHEN_AWAY)
          .asException();
    }
  }

  /** The last asked for first. */
  @Get("/admin/replays")
  public CompletionStage<Page<Replay>> list(Call call, ReplayQuery query) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> ReplayTable.list(handle, scope, query.status(), query.page()));
  }

  /** One replay. */
  @Get("/admin/replays/{id}")
  public CompletionStage<Replay> show(Call call, TenantQuery.Only query, @Param("id") String id) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          Replay replay = find(handle, scope, id);
          return replay.withFailedAgain(ReplayTable.countFailedAgain(handle, replay));
        });
  }

  /** Has it wait. */
  @Post("/admin/replays/{id}/pause")
  public CompletionStage<Replay> pause(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("id") String id) {
    return change(
        call, query, id, AuditAction.PAUSE_REPLAY, Status.PAUSED, List.of(Status.RUNNING));
  }

  /** Has it go on. */
  @Post("/admin/replays/{id}/resume")
  public CompletionStage<Replay> resume(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("id") String id) {
    return change(
            call,
            query,
            id,
            AuditAction.RESUME_REPLAY,
            Status.RUNNING,
            List.of(Status.PAUSED, Status.FAILED))
        .whenComplete((done, failure) -> wake.run());
  }

  /** Ends it. */
  @Post("/admin/replays/{id}/cancel")
  public CompletionStage<Replay> cancel(
      Call call, TenantQuery.Only query, NoBody nothing, @Param("id") String id) {
    return change(
        call,
        query,
        id,
        AuditAction.CANCEL_REPLAY,
        Status.CANCELLED,
        List.of(Status.RUNNING, Status.PAUSED, Status.FAILED));
  }

  private CompletionStage<Replay> change(
      Call call, TenantQuery query, String id, AuditAction action, Status to, List<Status> from) {
    TenantScope scope = call.scope(query);
    return call.inTransaction(
        handle -> {
          Replay replay = find(handle, scope, id);
          String tenant = replay.tenant().orElse(TenantScope.SEVERAL);
          if (to == Status.RUNNING && replay.is(Status.FAILED)) {
            requireRoom(handle, tenant);
          }
          Replay changed =
              ReplayTable.change(handle, replay, from, to)
                  .orElseThrow(
                      () ->
                          Problem.of(
                                  ProblemType.CONFLICT,
                                  "The replay is %s.".formatted(replay.status()))
                              .asException());
          call.audit(handle, action, tenant, id, new ChangeDetails(replay.status(), to));
          return changed;
        });
  }

  private CompletionStage<ResponseEntity<EventsReplay>> startEvents(
      Call call,
      TenantScope scope,
      List<String> ids,
      Optional<EffectMode> effects,
      String pointer) {
    return call.inTransaction(
            handle -> {
              List<Problem.Error> skipped = new ArrayList<>();
              Set<String> chosen = new LinkedHashSet<>();
              Set<String> tenants = new LinkedHashSet<>();
              Optional<ProblemException> last = Optional.empty();
              for (int i = 0; i < ids.size(); i++) {
                try {
                  tenants.add(findKept(handle, call, scope, ids.get(i)).tenant());
                  chosen.add(ids.get(i));
                } catch (ProblemException problem) {
                  last = Optional.of(problem);
                  skipped.add(new Problem.Error(pointer.formatted(i), problem.problem().detail()));
                }
              }
              if (chosen.isEmpty()) {
                throw last.orElseThrow().problem().withErrors(skipped).asException();
              }
              Replay replay =
                  start(
                      handle,
                      call,
                      AuditAction.REPLAY_EVENT,
                      selection(handle, tenants, List.copyOf(chosen)),
                      new Terms(
                          ReplayAction.REPLAY,
                          Optional.empty(),
                          effects.orElse(ReplayOrigin.EVENTS.usualEffects()),
                          STANDARD_RATE));
              return accepted(
                  replay,
                  new EventsReplay(replay, Optional.of(skipped).filter(some -> !some.isEmpty())));
            })
        .whenComplete((done, failure) -> wake.run());
  }

  private Replay start(
      Handle handle, Call call, AuditAction action, ReplaySelection selection, Terms terms) {
    String tenant = selection.owner();
    requireRoom(handle, tenant);
    long selected = selection.count(handle, tokens);
    if (action == AuditAction.START_REPLAY && selected > 1 && terms.cause().isEmpty()) {
      throw Problem.invalid("/reason", "Say why: a reason is needed for more than one event.");
    }
    Replay replay = ReplayTable.insert(handle, call, tenant, selection, terms, selected);
    call.audit(
        handle,
        action,
        tenant,
        replay.replayId().toString(),
        new StartDetails(
            selection.origin(),
            selection.filter(),
            terms.action(),
            terms.cause(),
            terms.effects(),
            selected));
    return replay;
  }

  private static <T> ResponseEntity<T> accepted(Replay replay, T answer) {
    return ResponseEntity.of(
        ResponseHeaders.of(
            HttpStatus.ACCEPTED, HttpHeaderNames.LOCATION, "/admin/replays/" + replay.replayId()),
        answer);
  }

  private static void requireRoom(Handle handle, String tenant) {
    if (ReplayTable.countUnfinished(handle, tenant) >= MOST_UNFINISHED) {
      throw Problem.of(
              ProblemType.TOO_MANY_REQUESTS,
              "The tenant has %d replays that have not ended. Wait for one, or cancel one."
                  .formatted(MOST_UNFINISHED))
          .retryAfter(WHEN_FULL)
          .asException();
    }
  }

  private static Replay find(Handle handle, TenantScope scope, String id) {
    return Call.idOf(id)
        .flatMap(known -> ReplayTable.find(handle, scope, known))
        .orElseThrow(
            () ->
                Problem.of(ProblemType.NOT_FOUND, "This tenant has no such replay.").asException());
  }

  private LedgerEvent find(Handle handle, Call call, TenantScope scope, String id) {
    return LedgerEvent.find(handle, tokens, call.caller(), scope, id)
        .orElseThrow(ReplayService::nothingKept);
  }

  private LedgerEvent findKept(Handle handle, Call call, TenantScope scope, String id) {
    LedgerEvent event = find(handle, call, scope, id);
    if (selection(handle, Set.of(event.tenant()), List.of(id)).count(handle, tokens) == 0) {
      throw nothingKept();
    }
    return event;
  }

  private static ReplaySelection selection(Handle handle, Set<String> tenants, List<String> ids) {
    return new ReplaySelection(
        ReplayOrigin.EVENTS,
        ReplayFilter.ofEvents(ids),
        Optional.of(List.copyOf(tenants)),
        ReplayTable.now(handle));
  }

  private static RuntimeException nothingKept() {
    return Problem.of(
            ProblemType.CONFLICT,
            "The event has no open dead letter, and the ledger keeps no payload of it.")
        .asException();
  }
}
