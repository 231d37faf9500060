package dev.tidegate.gateway.events;

import com.fasterxml.jackson.core.JsonToken;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.events.JsonReader.Value;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.Microseconds;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads CloudEvents (1.0.2) by their rules and what Tidegate adds to them: the type is a name, an
 * ID has room for its source, the data is a JSON object, and the time is not far ahead. The body is
 * the data's bytes as they stood; an event without data has an empty object for a body.
 *
 * <p>All attributes go on to the pipeline as {@code ce-*}. None of them replaces what the gateway
 * says itself: CloudEvents' {@code source}, for one, tells which of the tenant's systems sent the
 * event. Which handlers there are for it, {@link NamedSources} knows.
 *
 * @param ids of the caller's events
 * @param now for times that are ahead
 */
record CloudEvents(NotificationIds ids, Instant now) implements RequestReader.EventReader {
  /** The attribute that the pipeline reads the time of an application event from. */
  static final String TIME_ATTRIBUTE = EventAttributes.CLOUD_EVENTS_TIME;

  /** What a time must be: to stand after "must". */
  static final String TIME_RULE =
      "be a time with an offset (RFC 3339), in years 1 to 9999, at most a day ahead";

  /** A later time freezes what the event tells of: the pipeline refuses it for good. */
  private static final Duration MAX_CLOCK_LEAD = Duration.ofDays(1);

  private static final String PREFIX = "ce-";
  private static final byte[] NO_DATA = {'{', '}'};

  /** Room for the gateway's own, within Pub/Sub's limit. */
  private static final int MOST = AttributeLimits.MOST_ATTRIBUTES - 20;

  private static final Pattern NAME = Pattern.compile("[a-z0-9]+");

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

  /** An event of the JSON format ("JSON Event Format"). */
  @Override
  public Outcome read(JsonReader json, Map<String, Value> members, Mistakes mistakes) {
    Map<String, Value> rest = new LinkedHashMap<>(members);
    Optional<Value> data = Optional.ofNullable(rest.remove("data"));
    Optional<Value> encoded = Optional.ofNullable(rest.remove("data_base64"));
    Map<String, String> attributes = new LinkedHashMap<>();
    rest.values().removeIf(value -> value.kind() == JsonToken.VALUE_NULL);
    rest.forEach(
        (name, value) -> {
          if (value.isText() || (value.kind().isScalarValue() && !TEXTS.contains(name))) {
            attributes.put(name, value.text());
          } else {
            mistakes.require(name, false, "be a text");
          }
        });
    check(attributes, mistakes);
    mistakes.require(
        "data_base64", data.isEmpty() || encoded.isEmpty(), "be left out where there is data");
    mistakes.require("data", data.isEmpty() || data.get().isObject(), "be an object, or left out");
    return mistakes.outcome(
        event(
            attributes,
            data.map(json::bytes)
                .or(() -> encoded.map(text -> decoded(text, mistakes)))
                .orElse(NO_DATA)));
  }

  private static byte[] decoded(Value encoded, Mistakes mistakes) {
    byte[] bytes = NO_DATA;
    // Nothing can be pointed at within Base64.
    Mistakes inside = new Mistakes(name -> name);
    try {
      bytes = Base64.getDecoder().decode(encoded.isText() ? encoded.text() : "");
      JsonReader.checkObject(bytes, inside);
    } catch (IllegalArgumentException | IOException notJson) {
      mistakes.require("data_base64", false, "be an object of JSON in UTF-8, in Base64");
    }
    inside
        .found()
        .forEach(
            mistake ->
                mistakes.add(
                    mistakes.placeOf("data_base64"),
                    (mistake.pointer() + " " + mistake.detail()).strip()));
    return bytes;
  }

  /**
   * The event of a request in binary mode ("HTTP Protocol Binding", 3.1): headers {@code ce-*} are
   * the attributes, {@code Content-Type} is {@code datacontenttype}, and the body is the data.
   */
  Outcome readBinary(RequestHeaders headers, byte[] content) throws IOException {
    Mistakes mistakes =
        new Mistakes(name -> name.equals("datacontenttype") ? "Content-Type" : PREFIX + name);
    Map<String, String> attributes = attributes(headers, mistakes);
    check(attributes, mistakes);
    byte[] body = content.length == 0 ? NO_DATA : content;
    JsonReader.checkObject(body, mistakes);
    return mistakes.outcome(event(attributes, body));
  }

  private static Map<String, String> attributes(RequestHeaders headers, Mistakes mistakes) {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (CharSequence headerName : headers.names()) {
      String header = headerName.toString();
      if (header.startsWith(PREFIX)) {
        List<String> values = headers.getAll(header);
        Optional<String> value = HeaderText.decode(values.get(0));
        if (values.size() > 1) {
          mistakes.add(header, "must be there once");
        } else if (value.isEmpty()) {
          mistakes.add(header, "must be UTF-8 in percent-encoding");
        } else {
          attributes.put(header.substring(PREFIX.length()), value.get());
        }
      }
    }
    String contentType = headers.get(HttpHeaderNames.CONTENT_TYPE);
    if (attributes.containsKey("datacontenttype")) {
      mistakes.add("ce-datacontenttype", "must be left out: Content-Type says it");
    } else if (contentType != null) {
      attributes.put("datacontenttype", contentType);
    }
    return attributes;
  }

  private SentEvent event(Map<String, String> attributes, byte[] body) {
    Map<String, String> prefixed = new HashMap<>();
    attributes.forEach((name, value) -> prefixed.put(PREFIX + name, value));
    return new SentEvent(
        ids.ofCloudEvent(attributes.getOrDefault("source", ""), attributes.getOrDefault("id", "")),
        Optional.empty(),
        true,
        attributes.getOrDefault("type", ""),
        attributes.getOrDefault("datacontenttype", "application/json"),
        body,
        prefixed);
  }

  private void check(Map<String, String> attributes, Mistakes mistakes) {
    mistakes.require("specversion", "1.0".equals(attributes.get("specversion")), "be 1.0");
    String id = attributes.getOrDefault("id", "");
    int longestId = NotificationIds.longestCloudEventId();
    mistakes.require(
        "id",
        Event.isName(id) && id.length() <= longestId,
        "be 1 to %d characters, none of them a control character".formatted(longestId));
    mistakes.require(
        "source", isReference(attributes.getOrDefault("source", "")), "be a URI reference");
    mistakes.require(
        "type", Event.isName(attributes.getOrDefault("type", "")), "be " + Event.NAME_RULE);
    attributes.forEach(
        (name, value) -> {
          switch (name) {
            case "subject" -> mistakes.require(name, !value.isEmpty(), "be longer, or left out");
            case "dataschema" ->
                mistakes.require(name, isReference(value), "be a URI, or left out");
            case "datacontenttype" ->
                mistakes.require(name, isJson(value), "be JSON: the pipeline reads objects");
            case "time" -> mistakes.require(name, isTime(value, now), TIME_RULE);
            default -> {}
          }
          mistakes.require(
              name,
              NAME.matcher(name).matches() && AttributeLimits.isName(PREFIX + name),
              "have a name of lower-case letters and digits, and not longer");
          mistakes.require(
              name,
              AttributeLimits.isValue(value) && value.chars().noneMatch(Character::isISOControl),
              "have at most %d bytes, and no control character"
                  .formatted(AttributeLimits.LONGEST_VALUE_BYTES));
        });
    mistakes.require("", attributes.size() <= MOST, "have at most %d attributes".formatted(MOST));
  }

  /** Whether {@code text} keeps to {@link #TIME_RULE}. */
  static boolean isTime(String text, Instant now) {
    try {
      Instant time = OffsetDateTime.parse(text).toInstant();
      return Microseconds.isStorable(time) && !time.isAfter(now.plus(MAX_CLOCK_LEAD));
    } catch (DateTimeException notATime) {
      return false;
    }
  }

  private static boolean isReference(String text) {
    try {
      return !text.isEmpty() && !new URI(text).toString().isEmpty();
    } catch (URISyntaxException notOne) {
      return false;
    }
  }

  private static boolean isJson(String text) {
    try {
      return ContentMode.isJson(MediaType.parse(text));
    } catch (IllegalArgumentException notOne) {
      return false;
    }
  }
}
