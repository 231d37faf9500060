package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads CloudEvents of the JSON format (CloudEvents 1.0.2, "JSON Event Format"). The body is the
 * bytes of {@code data} as they stood, or those that {@code data_base64} stands for; an event
 * without data has an empty object for a body.
 */
final class StructuredCloudEvents {
  private static final String DATA = "data";
  private static final String DATA_BASE64 = "data_base64";

  /** Those that must be texts; extensions may be numbers and booleans too. */
  private static final Set<String> TEXTS =
      Set.of(
          "specversion",
          "id",
          "source",
          "type",
          "subject",
          "time",
          "datacontenttype",
          "dataschema");

  private final NotificationIds ids;
  private final JsonText text;
  private final Instant now;

  /**
   * @param ids of the caller's events
   * @param text what the members stand in
   * @param now for times that are ahead
   */
  StructuredCloudEvents(NotificationIds ids, JsonText text, Instant now) {
    this.ids = ids;
    this.text = text;
    this.now = now;
  }

  /**
   * The event that {@code members} are; empty where there are mistakes.
   *
   * @param at the pointer to the event
   */
  Optional<SentEvent> read(Map<String, JsonValue> members, String at, Mistakes mistakes)
      throws IOException {
    Map<String, String> attributes = new LinkedHashMap<>();
    members.forEach(
        (name, value) -> {
          if (!name.equals(DATA) && !name.equals(DATA_BASE64) && !value.isNull()) {
            if (isScalar(name, value)) {
              attributes.put(name, value.text());
            } else {
              mistakes.add(at + JsonPointers.to(name), "must be a text");
            }
          }
        });
    CloudEventAttributes.check(
        attributes, name -> at + (name.isEmpty() ? "" : JsonPointers.to(name)), now, mistakes);
    byte[] body = body(members, at, mistakes);
    return mistakes.isEmpty()
        ? Optional.of(CloudEventAttributes.event(ids, attributes, body))
        : Optional.empty();
  }

  private static boolean isScalar(String name, JsonValue value) {
    return value.isText() || (value.kind().isScalarValue() && !TEXTS.contains(name));
  }

  private byte[] body(Map<String, JsonValue> members, String at, Mistakes mistakes)
      throws IOException {
    JsonValue data = members.get(DATA);
    JsonValue encoded = members.get(DATA_BASE64);
    if (data != null && encoded != null) {
      mistakes.add(at + "/" + DATA_BASE64, "must be left out where there is data");
    } else if (encoded != null) {
      return decoded(encoded, at + "/" + DATA_BASE64, mistakes);
    } else if (data != null && !data.isObject()) {
      mistakes.add(at + "/" + DATA, "must be an object, or left out");
    } else if (data != null) {
      return text.slice(data.start(), data.end());
    }
    return JsonObjects.empty();
  }

  private static byte[] decoded(JsonValue encoded, String pointer, Mistakes mistakes)
      throws IOException {
    byte[] bytes = JsonObjects.empty();
    try {
      bytes = Base64.getDecoder().decode(encoded.isText() ? encoded.text() : "");
      Mistakes inside = new Mistakes();
      JsonObjects.check(bytes, inside);
      for (Problem.Error mistake : inside.found()) {
        // Nothing can be pointed at within Base64.
        mistakes.add(pointer, (mistake.pointer() + " " + mistake.detail()).strip());
      }
    } catch (IllegalArgumentException | JsonProcessingException | ProblemException notJson) {
      mistakes.add(pointer, "must be an object of JSON in UTF-8, in Base64");
    }
    return bytes;
  }
}
