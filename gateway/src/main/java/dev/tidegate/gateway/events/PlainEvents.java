package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.events.JsonReader.Value;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads events of Tidegate's own format: {@code eventType}, {@code payload}, and maybe {@code
 * source}, {@code metadata} and {@code idempotencyKey}.
 *
 * <p>{@code metadata} becomes the attribute of that name, as it stood. Its member {@code
 * occurredAt} is when the event happened; without it that is not known, and the pipeline orders
 * such events before all others.
 *
 * @param ids of the caller's events
 * @param headerKey {@code Idempotency-Key} of the request, where it is of one event
 * @param now for times that are ahead
 */
record PlainEvents(NotificationIds ids, Optional<String> headerKey, Instant now)
    implements RequestReader.EventReader {
  static final String IDEMPOTENCY_KEY_HEADER = "Idempotency-Key";

  private static final int LONGEST_TYPE = 100;
  private static final String KEY_RULE =
      "be " + Event.NAME_RULE + ", and not begin with pubsub-message:";

  private static final Value ABSENT = new Value(null, "", 0, 0);
  private static final Set<String> MEMBERS =
      Set.of("eventType", "source", "payload", "metadata", "idempotencyKey");

  @Override
  public Outcome read(JsonReader json, Map<String, Value> members, Mistakes mistakes) {
    for (String name : members.keySet()) {
      mistakes.require(name, MEMBERS.contains(name), "be left out: it means nothing here");
    }
    Value type = members.getOrDefault("eventType", ABSENT);
    mistakes.require(
        "eventType",
        type.isText() && type.text().length() <= LONGEST_TYPE && Event.isName(type.text()),
        "be 1 to %d characters, none of them a control character".formatted(LONGEST_TYPE));
    Optional<String> key = key(Optional.ofNullable(members.get("idempotencyKey")), mistakes);
    Value source = members.getOrDefault("source", ABSENT);
    mistakes.require(
        "source",
        source == ABSENT || (source.isText() && Event.isName(source.text())),
        "be %s, or left out".formatted(Event.NAME_RULE));
    Map<String, String> attributes = metadata(json, members.get("metadata"), mistakes);
    Value payload = members.getOrDefault("payload", ABSENT);
    mistakes.require("payload", payload.isObject(), "be an object");
    return mistakes.outcome(
        new SentEvent(
            key.map(ids::ofKey).orElseGet(NotificationIds::fresh),
            Optional.of(source.text()).filter(name -> !name.isEmpty()),
            key.isPresent(),
            type.text(),
            "application/json",
            json.bytes(payload),
            attributes));
  }

  private Optional<String> key(Optional<Value> inBody, Mistakes mistakes) {
    if (headerKey.filter(key -> !NotificationIds.isKey(key)).isPresent()) {
      mistakes.add(IDEMPOTENCY_KEY_HEADER, "must " + KEY_RULE);
    }
    if (inBody.isEmpty()) {
      return headerKey;
    }
    String key = inBody.get().text();
    boolean isKey = inBody.get().isText() && NotificationIds.isKey(key);
    mistakes.require("idempotencyKey", isKey, KEY_RULE);
    mistakes.require(
        "idempotencyKey",
        !isKey || headerKey.orElse(key).equals(key),
        "be the same as the header %s, or left out".formatted(IDEMPOTENCY_KEY_HEADER));
    return Optional.of(key);
  }

  private Map<String, String> metadata(JsonReader json, Value metadata, Mistakes mistakes) {
    if (metadata == null || !metadata.isObject()) {
      mistakes.require("metadata", metadata == null, "be an object, or left out");
      return Map.of();
    }
    String text = new String(json.bytes(metadata), StandardCharsets.UTF_8);
    if (!AttributeLimits.isValue(text)) {
      String rule = "have at most %d bytes".formatted(AttributeLimits.LONGEST_VALUE_BYTES);
      mistakes.require("metadata", false, rule);
      return Map.of();
    }
    JsonNode time = occurredAt(json.bytes(metadata));
    if (time.isMissingNode()) {
      return Map.of("metadata", text);
    }
    if (!time.isTextual() || !CloudEvents.isTime(time.textValue(), now)) {
      mistakes.add(mistakes.placeOf("metadata") + "/occurredAt", "must " + CloudEvents.TIME_RULE);
    }
    return Map.of("metadata", text, CloudEvents.TIME_ATTRIBUTE, time.asText());
  }

  private static JsonNode occurredAt(byte[] metadata) {
    try {
      return Json.parse(metadata).path("occurredAt");
    } catch (JsonProcessingException beyondBounds) {
      // The reader has told of it.
      return Json.mapper().missingNode();
    }
  }
}
