package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonToken;
import java.util.Map;
import java.util.Optional;

/**
 * A JSON value that was read to its end.
 *
 * @param kind its first token
 * @param text what a text, number or boolean says; empty for all else
 * @param start where it begins in its {@link JsonText}
 * @param end where an object or array ends there
 * @param kept of an object, the members that were asked for; of those that are objects or arrays
 *     themselves, no more than that they are
 */
record JsonValue(JsonToken kind, String text, int start, int end, Map<String, JsonValue> kept) {
  boolean isObject() {
    return kind == JsonToken.START_OBJECT;
  }

  boolean isText() {
    return kind == JsonToken.VALUE_STRING;
  }

  boolean isNull() {
    return kind == JsonToken.VALUE_NULL;
  }

  /** A member that was kept. */
  Optional<JsonValue> member(String name) {
    return Optional.ofNullable(kept.get(name));
  }
}
