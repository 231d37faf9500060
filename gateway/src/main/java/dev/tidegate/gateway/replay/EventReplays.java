package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.operations.AuditAction;
import dev.tidegate.gateway.operations.AuditTrail;
import dev.tidegate.gateway.operations.JsonBody;
import dev.tidegate.gateway.replay.ReplayPublisher.Outcome;
import dev.tidegate.gateway.replay.ReplaySelection.Entry;
import dev.tidegate.gateway.store.Call;
import dev.tidegate.gateway.store.EventLookup;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.store.JsonAnswer;
import dev.tidegate.gateway.store.LedgerEvent;
import dev.tidegate.gateway.store.TenantScope;
import dev.tidegate.schemas.Json;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Replays events that are named: the open dead letters of an event, or what the ledger keeps of it
 * where it has none.
 */
final class EventReplays {
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final ReplayRoutes replays;
  private final ReplayPublisher publisher;
  private final EventToken tokens;
  private final EventLookup lookup;

  EventReplays(ReplayRoutes replays, ReplayPublisher publisher, EventToken tokens) {
    this.replays = replays;
    this.publisher = publisher;
    this.tokens = tokens;
    this.lookup = new EventLookup(tokens);
  }

  /** {@code POST /admin/events/{id}/replay}, while the caller waits. */
  HttpResponse replayNow(Call call) throws SQLException {
    String id = call.pathPart("id");
    TenantScope scope = call.scope();
    JsonBody.refuse(call.request());
    String replayId = UUID.randomUUID().toString();
    List<Entry> entries =
        call.database()
            .withHandle(
                handle -> {
                  LedgerEvent event = find(handle, call, scope, id);
                  List<Entry> kept =
                      selection(handle, List.of(event.tenant()), List.of(id))
                          .read(handle, tokens, null, ReplayFilter.MOST_EVENTS);
                  if (kept.isEmpty()) {
                    throw nothingKept();
                  }
                  ObjectNode details = Json.mapper().createObjectNode();
                  details.put("replayId", replayId).put("messages", kept.size());
                  // Before it is published: what was done is written down, whatever comes then.
                  AuditTrail.done(
                      handle.getConnection(),
                      call,
                      AuditAction.REPLAY_EVENT,
                      event.tenant(),
                      id,
                      details);
                  return kept;
                });
    List<Outcome> outcomes =
        publisher.publish(entries.stream().map(Entry::event).toList(), replayId, () -> true);
    if (outcomes.contains(Outcome.REFUSED)) {
      throw Problem.of(
              ProblemType.CONFLICT,
              "The event is larger than Pub/Sub takes. Replay it into the sinks.")
          .asException();
    }
    if (outcomes.contains(Outcome.UNAVAILABLE)) {
      throw Problem.of(ProblemType.UNAVAILABLE, "Pub/Sub is away. Try again later.")
          .retryAfter(RETRY)
          .asException();
    }
    return JsonAnswer.of(
        HttpStatus.ACCEPTED,
        Json.mapper()
            .createObjectNode()
            .put("eventId", id)
            .put("replayId", replayId)
            .put("messages", entries.size()));
  }

  /** {@code POST /process-event}. */
  HttpResponse processEvent(Call call) throws SQLException {
    TenantScope scope = call.scope();
    JsonBody body = JsonBody.of(call.request());
    Optional<String> id = body.name("/eventId");
    if (id.isEmpty()) {
      body.mistake("/eventId", "Name the event.");
    }
    body.check();
    return start(call, scope, List.of(id.orElseThrow()), "/eventId");
  }

  /** {@code POST /process-batch}: what is wrong with one event does not keep the others. */
  HttpResponse processBatch(Call call) throws SQLException {
    TenantScope scope = call.scope();
    JsonBody body = JsonBody.of(call.request());
    List<String> ids = body.names("/eventIds", ReplayFilter.MOST_EVENTS);
    if (ids.isEmpty()) {
      body.mistake("/eventIds", "Name at least one event.");
    }
    body.check();
    return start(call, scope, ids, "/eventIds/%d");
  }

  private HttpResponse start(Call call, TenantScope scope, List<String> ids, String pointer)
      throws SQLException {
    List<Problem.Error> skipped = new ArrayList<>();
    Replay replay =
        call.database()
            .withHandle(
                handle -> {
                  List<String> chosen = new ArrayList<>();
                  List<String> tenants = new ArrayList<>();
                  Optional<ProblemException> last = Optional.empty();
                  for (int i = 0; i < ids.size(); i++) {
                    try {
                      tenants.add(findKept(handle, call, scope, ids.get(i)).tenant());
                      chosen.add(ids.get(i));
                    } catch (ProblemException problem) {
                      last = Optional.of(problem);
                      skipped.add(
                          new Problem.Error(pointer.formatted(i), problem.problem().detail()));
                    }
                  }
                  if (chosen.isEmpty()) {
                    throw last.orElseThrow().problem().withErrors(skipped).asException();
                  }
                  return replays.start(
                      handle,
                      call,
                      selection(
                          handle,
                          tenants.stream().distinct().toList(),
                          chosen.stream().distinct().toList()),
                      ReplayRoutes.STANDARD_RATE);
                });
    ObjectNode json = replay.toJson();
    if (!skipped.isEmpty()) {
      ArrayNode list = json.putArray("skipped");
      skipped.forEach(
          one -> list.addObject().put("pointer", one.pointer()).put("detail", one.detail()));
    }
    return replays.accepted(json);
  }

  private LedgerEvent findKept(Handle handle, Call call, TenantScope scope, String id)
      throws SQLException {
    LedgerEvent event = find(handle, call, scope, id);
    if (selection(handle, List.of(event.tenant()), List.of(id)).count(handle, tokens) == 0) {
      throw nothingKept();
    }
    return event;
  }

  private LedgerEvent find(Handle handle, Call call, TenantScope scope, String id)
      throws SQLException {
    return lookup
        .find(handle.getConnection(), call.caller(), scope, id)
        .orElseThrow(EventReplays::nothingKept);
  }

  private static ReplaySelection selection(Handle handle, List<String> tenants, List<String> ids) {
    return new ReplaySelection(
        ReplayOrigin.EVENTS,
        ReplayFilter.ofEvents(ids),
        Optional.of(tenants),
        ReplayTable.now(handle));
  }

  private static RuntimeException nothingKept() {
    return Problem.of(
            ProblemType.CONFLICT,
            "The event has no open dead letter, and the ledger keeps no payload of it.")
        .asException();
  }
}
