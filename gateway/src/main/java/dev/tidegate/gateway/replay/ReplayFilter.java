package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.operations.JsonBody;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Json;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a replay takes; an empty list means any.
 *
 * @param eventIds the events that clients name, of {@link ReplayOrigin#EVENTS} only
 * @param since the earliest time: of the failure, or of reception in the ledger
 * @param until the first time that is too late
 * @param letterStatus which dead letters; {@code OPEN} by default
 */
record ReplayFilter(
    List<String> tenants,
    List<String> sources,
    List<String> eventTypes,
    List<String> notificationIds,
    List<String> errorClasses,
    List<String> fingerprints,
    List<String> eventIds,
    Optional<Instant> since,
    Optional<Instant> until,
    Optional<LetterStatus> letterStatus) {
  /** What became of a dead letter. */
  enum LetterStatus {
    OPEN,
    REPLAYED,
    DISCARDED
  }

  static final int MOST_EVENTS = 100;

  private static final int MOST_NAMES = 100;
  private static final int MOST_NOTIFICATIONS = 1_000;

  /** Selects these events. */
  static ReplayFilter ofEvents(List<String> ids) {
    List<String> any = List.of();
    return new ReplayFilter(
        any, any, any, any, any, any, ids, Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Reads the member {@code filter} of a request's body. */
  static ReplayFilter read(JsonBody body, ReplayOrigin origin) {
    body.object("/filter");
    ReplayFilter filter =
        new ReplayFilter(
            body.names("/filter/tenants", MOST_NAMES),
            body.names("/filter/sources", MOST_NAMES),
            body.names("/filter/eventTypes", MOST_NAMES),
            body.names("/filter/notificationIds", MOST_NOTIFICATIONS),
            body.names("/filter/errorClasses", MOST_NAMES),
            body.names("/filter/fingerprints", MOST_NAMES),
            origin == ReplayOrigin.EVENTS ? body.names("/filter/eventIds", MOST_EVENTS) : List.of(),
            body.time("/filter/since"),
            body.time("/filter/until"),
            body.oneOf("/filter/letterStatus", LetterStatus.values(), Enum::name));
    List<String> classes = Arrays.stream(ErrorClass.values()).map(Enum::name).toList();
    if (!classes.containsAll(filter.errorClasses)) {
      body.mistake(
          "/filter/errorClasses", "Each must be one of %s.".formatted(String.join(", ", classes)));
    }
    if (origin == ReplayOrigin.LEDGER) {
      filter.refuseWhatOnlyLettersHave(body);
    }
    return filter;
  }

  private void refuseWhatOnlyLettersHave(JsonBody body) {
    String detail =
        "Leave it out, or replay from DEAD_LETTERS: the events of the ledger have none.";
    if (!errorClasses.isEmpty()) {
      body.mistake("/filter/errorClasses", detail);
    }
    if (!fingerprints.isEmpty()) {
      body.mistake("/filter/fingerprints", detail);
    }
    if (letterStatus.isPresent()) {
      body.mistake("/filter/letterStatus", detail);
    }
  }

  /**
   * Reads what {@link #toJson} wrote, by the rules of today.
   *
   * @throws IllegalArgumentException where it breaks one: it then selects nothing, never everything
   */
  static ReplayFilter stored(JsonNode filter, ReplayOrigin origin) {
    ObjectNode object = Json.mapper().createObjectNode();
    if (!filter.isObject() || !filter.isEmpty()) {
      object.set("filter", filter);
    }
    JsonBody body = new JsonBody(object);
    ReplayFilter read = read(body, origin);
    try {
      body.check();
    } catch (ProblemException mistakes) {
      throw new IllegalArgumentException(
          "its filter is not valid: " + mistakes.problem().errors(), mistakes);
    }
    if (origin == ReplayOrigin.EVENTS && read.eventIds.isEmpty()) {
      throw new IllegalArgumentException("its filter names no event");
    }
    return read;
  }

  ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    put(json, "tenants", tenants);
    put(json, "sources", sources);
    put(json, "eventTypes", eventTypes);
    put(json, "notificationIds", notificationIds);
    put(json, "errorClasses", errorClasses);
    put(json, "fingerprints", fingerprints);
    put(json, "eventIds", eventIds);
    since.ifPresent(time -> json.put("since", time.toString()));
    until.ifPresent(time -> json.put("until", time.toString()));
    letterStatus.ifPresent(status -> json.put("letterStatus", status.name()));
    return json;
  }

  private static void put(ObjectNode json, String name, List<String> values) {
    if (!values.isEmpty()) {
      ArrayNode list = json.putArray(name);
      values.forEach(list::add);
    }
  }
}
