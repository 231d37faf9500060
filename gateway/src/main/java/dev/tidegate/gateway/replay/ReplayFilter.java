package dev.tidegate.gateway.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.DeadLetter.ErrorClass;
import dev.tidegate.schemas.Json;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a replay takes; an empty list means any.
 *
 * @param tenants whose events
 * @param sources what sent them
 * @param eventTypes what they tell of
 * @param notificationIds which they are, by the sender's IDs
 * @param errorClasses how they failed, by {@link ErrorClass}
 * @param fingerprints which failure it was
 * @param since the earliest time: of the failure, or of reception for what the ledger keeps
 * @param until the first time that is too late
 * @param letterStatus which dead letters; {@code OPEN} where nothing is said
 */
record ReplayFilter(
    List<String> tenants,
    List<String> sources,
    List<String> eventTypes,
    List<String> notificationIds,
    List<String> errorClasses,
    List<String> fingerprints,
    Optional<Instant> since,
    Optional<Instant> until,
    Optional<LetterStatus> letterStatus) {
  /** What became of a dead letter. */
  enum LetterStatus {
    OPEN,
    REPLAYED,
    DISCARDED
  }

  private static final int MOST_NAMES = 100;
  private static final int MOST_NOTIFICATIONS = 1_000;

  /** The member {@code filter} of a request's body, or of what {@link #toJson} wrote. */
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
    String detail = "Leave it out, or replay from dead_letters: the ledger's events have none.";
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

  /** The same of these tenants alone. */
  ReplayFilter ofTenants(List<String> only) {
    return new ReplayFilter(
        only,
        sources,
        eventTypes,
        notificationIds,
        errorClasses,
        fingerprints,
        since,
        until,
        letterStatus);
  }

  ObjectNode toJson() {
    ObjectNode json = Json.mapper().createObjectNode();
    put(json, "tenants", tenants);
    put(json, "sources", sources);
    put(json, "eventTypes", eventTypes);
    put(json, "notificationIds", notificationIds);
    put(json, "errorClasses", errorClasses);
    put(json, "fingerprints", fingerprints);
    since.ifPresent(time -> json.put("since", time.toString()));
    until.ifPresent(time -> json.put("until", time.toString()));
    letterStatus.ifPresent(status -> json.put("letterStatus", status.name()));
    return json;
  }

  /** What {@link #toJson} wrote. */
  static ReplayFilter stored(JsonNode filter, ReplayOrigin origin) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.set("filter", filter);
    return read(new JsonBody(body), origin);
  }

  private static void put(ObjectNode json, String name, List<String> values) {
    if (!values.isEmpty()) {
      ArrayNode list = json.putArray(name);
      values.forEach(list::add);
    }
  }
}
