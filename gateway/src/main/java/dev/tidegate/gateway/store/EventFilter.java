package dev.tidegate.gateway.store;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.tidegate.gateway.auth.Caller;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.gateway.store.LedgerEvent.Status;
import dev.tidegate.schemas.Json;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which events a list has.
 *
 * @param caller who asks
 * @param scope of which tenants
 * @param subject whose events; for everybody but operators their own
 * @param since the earliest time of processing
 * @param until the first time of processing that is too late
 */
record EventFilter(
    Caller caller,
    TenantScope scope,
    Optional<Status> status,
    Optional<String> eventType,
    Optional<String> source,
    Optional<String> subject,
    Optional<Instant> since,
    Optional<Instant> until) {

  static EventFilter of(Caller caller, Parameters parameters) {
    return new EventFilter(
        caller,
        TenantScope.of(caller, parameters),
        parameters.oneOf("status", Status.values()),
        parameters.name("eventType"),
        parameters.name("source"),
        subject(caller, parameters),
        parameters.time("since"),
        parameters.time("until"));
  }

  private static Optional<String> subject(Caller caller, Parameters parameters) {
    Optional<String> asked = parameters.name("subject");
    if (caller.isOperator()) {
      return asked;
    }
    if (asked.isPresent() && !asked.equals(caller.subject())) {
      throw Problem.of(ProblemType.FORBIDDEN, "Only operators may ask for another user's events.")
          .withErrors(List.of(new Problem.Error("subject", "Leave it out.")))
          .asException();
    }
    return caller.subject();
  }

  /** Whether nothing can be in the list: whoever is no operator and nobody's user has no events. */
  boolean isOfNobody() {
    return !caller.isOperator() && subject.isEmpty();
  }

  /** Everything but the status, which the query treats by itself. */
  SqlConditions conditions() {
    SqlConditions conditions = new SqlConditions();
    scope.restrict(conditions, "tenant_id");
    eventType.ifPresent(value -> conditions.add("event_type = ?", value));
    source.ifPresent(value -> conditions.add("source = ?", value));
    subject.ifPresent(value -> conditions.add("subject = ?", value));
    since.ifPresent(value -> conditions.add("processed_at >= ?", value));
    until.ifPresent(value -> conditions.add("processed_at < ?", value));
    return conditions;
  }

  /** Who asks for what, as one text: two filters have the same if they are the same question. */
  String question() {
    ArrayNode parts = Json.mapper().createArrayNode();
    parts.add(caller.tenant());
    parts.add(caller.subject().orElse(null));
    parts.add(caller.isOperator());
    parts.add(scope.tenant().orElse(null));
    for (Optional<?> part : List.of(status, eventType, source, subject, since, until)) {
      parts.add(part.map(Object::toString).orElse(null));
    }
    return Json.write(parts);
  }
}
