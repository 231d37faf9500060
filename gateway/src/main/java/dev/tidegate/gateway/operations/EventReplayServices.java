package dev.tidegate.gateway.operations;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.operations.ReplayPublisher.Outcome;
import dev.tidegate.gateway.store.AuditAction;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.RawEvent;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/**
 * Replays events that are named, while the caller waits: the open dead letters of an event, or what
 * the ledger keeps of it where it has none.
 */
final class EventReplayServices {
  private static final int MOST_EVENTS = 100;
  private static final Duration RETRY = Duration.ofSeconds(5);

  private final EventLookup lookup;
  private final ReplayPublisher publisher;

  EventReplayServices(EventToken tokens, ReplayPublisher publisher) {
    this.lookup = new EventLookup(tokens);
    this.publisher = publisher;
  }

  /** {@code POST /admin/events/{id}/replay}. */
  HttpResponse replay(Call call) throws SQLException {
    String id = call.pathPart("id");
    TenantScope scope = scopeOf(call);
    JsonBody.refuse(call.request());
    return JsonAnswer.of(HttpStatus.ACCEPTED, replay(call, scope, id));
  }

  /** {@code POST /process-event}. */
  HttpResponse processEvent(Call call) throws SQLException {
    TenantScope scope = scopeOf(call);
    JsonBody body = JsonBody.of(call.request());
    String id = body.name("/eventId").orElse("");
    if (id.isEmpty()) {
      body.mistake("/eventId", "Name the event.");
    }
    body.check();
    return JsonAnswer.of(HttpStatus.ACCEPTED, replay(call, scope, id));
  }

  /** {@code POST /process-batch}: what goes wrong with one event does not keep the others. */
  HttpResponse processBatch(Call call) throws SQLException {
    TenantScope scope = scopeOf(call);
    JsonBody body = JsonBody.of(call.request());
    List<String> ids = body.names("/eventIds", MOST_EVENTS);
    if (ids.isEmpty()) {
      body.mistake("/eventIds", "Name at least one event.");
    }
    body.check();
    ObjectNode json = Json.mapper().createObjectNode();
    ArrayNode results = json.putArray("results");
    int replayed = 0;
    for (String id : ids.stream().distinct().toList()) {
      try {
        results.add(replay(call, scope, id));
        replayed++;
      } catch (ProblemException problem) {
        results
            .addObject()
            .put("eventId", id)
            .put("success", false)
            .put("message", problem.problem().detail());
      }
    }
    json.put("success", replayed == results.size());
    json.put("replayed", replayed);
    return JsonAnswer.ok(json);
  }

  private ObjectNode replay(Call call, TenantScope scope, String id) throws SQLException {
    String replayId = UUID.randomUUID().toString();
    List<RawEvent> bodies =
        call.database()
            .inTransaction(
                connection -> {
                  LedgerEvent event =
                      lookup
                          .find(connection, call.caller(), scope, id)
                          .orElseThrow(EventReplayServices::nothingKept);
                  List<RawEvent> kept = bodiesOf(connection, event);
                  ObjectNode details = Json.mapper().createObjectNode();
                  details.put("replayId", replayId).put("messages", kept.size());
                  // Before it is published: what was done is written down, whatever comes then.
                  AuditTrail.done(
                      connection, call, AuditAction.REPLAY_EVENT, event.tenant(), id, details);
                  return kept;
                });
    for (RawEvent body : bodies) {
      Outcome outcome = publisher.await(publisher.publish(body, replayId));
      if (outcome == Outcome.REFUSED) {
        throw Problem.of(
                ProblemType.CONFLICT,
                "The event is larger than Pub/Sub takes. Replay it into the sinks.")
            .asException();
      }
      if (outcome == Outcome.UNAVAILABLE) {
        throw Problem.of(ProblemType.UNAVAILABLE, "Pub/Sub cannot be reached. Try again later.")
            .retryAfter(RETRY)
            .asException();
      }
    }
    ObjectNode json = Json.mapper().createObjectNode();
    json.put("eventId", id);
    json.put("success", true);
    json.put("replayId", replayId);
    json.put("messages", bodies.size());
    return json.put("message", "The event was published again.");
  }

  private static List<RawEvent> bodiesOf(Connection connection, LedgerEvent event)
      throws SQLException {
    SqlConditions open = new SqlConditions().add("status = 'OPEN'");
    EventLookup.restrictTo(event, open, "");
    List<RawEvent> letters = read(connection, ReplayOrigin.DEAD_LETTERS, open);
    if (!letters.isEmpty()) {
      return letters;
    }
    SqlConditions kept = new SqlConditions();
    EventLookup.restrictTo(event, kept, "");
    List<RawEvent> payload = read(connection, ReplayOrigin.LEDGER, kept);
    if (payload.isEmpty()) {
      throw nothingKept();
    }
    return payload;
  }

  private static List<RawEvent> read(
      Connection connection, ReplayOrigin origin, SqlConditions conditions) throws SQLException {
    return Rows.read(
        connection,
        "SELECT %s FROM %s WHERE %s".formatted(origin.columns(), origin.table(), conditions.text()),
        conditions,
        origin::eventOf);
  }

  private static TenantScope scopeOf(Call call) {
    Parameters parameters = call.parameters();
    TenantScope scope = TenantScope.of(call.caller(), parameters);
    parameters.check();
    return scope;
  }

  private static RuntimeException nothingKept() {
    return Problem.of(
            ProblemType.CONFLICT,
            "The event has no open dead letter, and the ledger keeps no payload of it.")
        .asException();
  }
}
