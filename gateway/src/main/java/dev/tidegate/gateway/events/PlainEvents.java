package dev.tidegate.gateway.events;

import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.schemas.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads events of Tidegate's own format: {@code eventType}, {@code payload}, and maybe {@code
 * metadata} and {@code idempotencyKey}.
 *
 * <p>{@code metadata} becomes the attribute of that name, as it stood. Its member {@code
 * occurredAt} is when the event happened; without it that is not known, and the pipeline orders
 * such events before all others.
 */
final class PlainEvents {
  /** The members that the readers of values keep: those that this class asks for. */
  static final Set<String> KEPT = Set.of("occurredAt");

  static final String IDEMPOTENCY_KEY_HEADER = "Idempotency-Key";

  private static final int LONGEST_TYPE = 100;
  private static final String METADATA = "metadata";
  private static final String CONTENT_TYPE = "application/json";
  private static final String KEY_RULE =
      "must be " + Event.NAME_RULE + ", and not begin with pubsub-message:";

  private static final Set<String> MEMBERS =
      Set.of("eventType", "payload", METADATA, "idempotencyKey");

  private final NotificationIds ids;
  private final JsonText text;
  private final Optional<String> headerKey;
  private final Instant now;

  /**
   * @param ids of the caller's events
   * @param text what the members stand in
   * @param headerKey {@code Idempotency-Key} of the request, where it is of one event
   * @param now for times that are ahead
   */
  PlainEvents(NotificationIds ids, JsonText text, Optional<String> headerKey, Instant now) {
    this.ids = ids;
    this.text = text;
    this.headerKey = headerKey;
    this.now = now;
  }

  /**
   * The event that {@code members} are; empty where there are mistakes.
   *
   * @param at the pointer to the event
   */
  Optional<SentEvent> read(Map<String, JsonValue> members, String at, Mistakes mistakes) {
    for (String name : members.keySet()) {
      if (!MEMBERS.contains(name)) {
        mistakes.add(at + JsonPointers.to(name), "must be left out: it means nothing here");
      }
    }
    String eventType = eventType(members, at, mistakes);
    Optional<String> key = key(members, at, mistakes);
    Map<String, String> attributes = metadata(members, at, mistakes);
    JsonValue payload = members.get("payload");
    if (payload == null || !payload.isObject()) {
      mistakes.add(at + "/payload", "must be an object");
    }
    if (!mistakes.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new SentEvent(
            key.map(ids::ofKey).orElseGet(NotificationIds::fresh),
            key.isPresent(),
            eventType,
            CONTENT_TYPE,
            text.slice(payload.start(), payload.end()),
            attributes));
  }

  private static String eventType(Map<String, JsonValue> members, String at, Mistakes mistakes) {
    JsonValue type = members.get("eventType");
    if (type == null
        || !type.isText()
        || type.text().length() > LONGEST_TYPE
        || !Event.isName(type.text())) {
      mistakes.add(
          at + "/eventType",
          "must be 1 to %d characters, none of them a control character".formatted(LONGEST_TYPE));
      return "";
    }
    return type.text();
  }

  private Optional<String> key(Map<String, JsonValue> members, String at, Mistakes mistakes) {
    if (headerKey.filter(key -> !NotificationIds.isKey(key)).isPresent()) {
      mistakes.add(IDEMPOTENCY_KEY_HEADER, KEY_RULE);
    }
    JsonValue inBody = members.get("idempotencyKey");
    if (inBody == null) {
      return headerKey;
    }
    if (!inBody.isText() || !NotificationIds.isKey(inBody.text())) {
      mistakes.add(at + "/idempotencyKey", KEY_RULE);
    } else if (headerKey.filter(key -> !key.equals(inBody.text())).isPresent()) {
      mistakes.add(
          at + "/idempotencyKey",
          "must be the same as the header %s, or left out".formatted(IDEMPOTENCY_KEY_HEADER));
    }
    return Optional.of(inBody.text());
  }

  private Map<String, String> metadata(
      Map<String, JsonValue> members, String at, Mistakes mistakes) {
    JsonValue metadata = members.get(METADATA);
    if (metadata == null) {
      return Map.of();
    }
    if (!metadata.isObject()) {
      mistakes.add(at + "/metadata", "must be an object, or left out");
      return Map.of();
    }
    String json = new String(text.slice(metadata.start(), metadata.end()), StandardCharsets.UTF_8);
    if (!AttributeLimits.isValue(json)) {
      mistakes.add(
          at + "/metadata",
          "must have at most %d bytes".formatted(AttributeLimits.LONGEST_VALUE_BYTES));
    }
    Map<String, String> attributes = new HashMap<>();
    attributes.put(METADATA, json);
    metadata
        .member("occurredAt")
        .ifPresent(
            time -> {
              if (time.isText() && EventTime.isTime(time.text(), now)) {
                attributes.put(EventTime.ATTRIBUTE, time.text());
              } else {
                mistakes.add(at + "/metadata/occurredAt", "must be " + EventTime.RULE);
              }
            });
    return attributes;
  }
}
