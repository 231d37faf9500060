package dev.tidegate.gateway.events;

import com.linecorp.armeria.common.MediaType;
import dev.tidegate.gateway.publish.AttributeLimits;
import dev.tidegate.schemas.Event;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The rules of a CloudEvent's attributes (CloudEvents 1.0.2, "Context Attributes"), and what
 * Tidegate adds to them: the type is a name, an ID has room for its source, the data is JSON, and
 * the time is not far ahead.
 *
 * <p>All of them go on to the pipeline as {@code ce-*}. None outranks what the gateway says itself:
 * CloudEvents' {@code source}, for one, tells which of the tenant's systems sent the event, and not
 * which handlers there are for it.
 */
final class CloudEventAttributes {
  static final String PREFIX = "ce-";

  private static final String VERSION = "1.0";

  /** Room for the gateway's own, within Pub/Sub's limit. */
  private static final int MOST = AttributeLimits.MOST_ATTRIBUTES - 20;

  private static final Pattern NAME = Pattern.compile("[a-z0-9]+");

  private final Map<String, String> attributes;
  private final UnaryOperator<String> pointer;
  private final Mistakes mistakes;

  private CloudEventAttributes(
      Map<String, String> attributes, UnaryOperator<String> pointer, Mistakes mistakes) {
    this.attributes = attributes;
    this.pointer = pointer;
    this.mistakes = mistakes;
  }

  /**
   * Looks for mistakes in {@code attributes}.
   *
   * @param attributes by their names, without the prefix
   * @param pointer from a name to where the attribute stands
   * @param now for times that are ahead
   */
  static void check(
      Map<String, String> attributes,
      UnaryOperator<String> pointer,
      Instant now,
      Mistakes mistakes) {
    new CloudEventAttributes(attributes, pointer, mistakes).check(now);
  }

  /** The event with {@code attributes}, which have been checked, and {@code body} as its data. */
  static SentEvent event(NotificationIds ids, Map<String, String> attributes, byte[] body) {
    Map<String, String> prefixed = new HashMap<>();
    attributes.forEach((name, value) -> prefixed.put(PREFIX + name, value));
    return new SentEvent(
        ids.ofCloudEvent(attributes.get("source"), attributes.get("id")),
        true,
        attributes.get("type"),
        attributes.getOrDefault("datacontenttype", "application/json"),
        body,
        prefixed);
  }

  private void check(Instant now) {
    require("specversion", attributes.getOrDefault("specversion", "").equals(VERSION), "1.0");
    String id = attributes.getOrDefault("id", "");
    require(
        "id",
        Event.isName(id) && id.length() <= NotificationIds.longestCloudEventId(),
        "1 to %d characters, none of them a control character"
            .formatted(NotificationIds.longestCloudEventId()));
    require("source", isReference(attributes.getOrDefault("source", "")), "a URI reference");
    require("type", Event.isName(attributes.getOrDefault("type", "")), Event.NAME_RULE);
    ifPresent("subject", subject -> !subject.isEmpty(), "longer, or left out");
    ifPresent("dataschema", CloudEventAttributes::isReference, "a URI, or left out");
    ifPresent("datacontenttype", CloudEventAttributes::isJson, "JSON: the pipeline reads objects");
    ifPresent("time", time -> EventTime.isTime(time, now), EventTime.RULE);
    attributes.forEach(this::checkAny);
    if (attributes.size() > MOST) {
      mistakes.add(pointer.apply(""), "must have at most %d attributes".formatted(MOST));
    }
  }

  private void require(String name, boolean isInOrder, String rule) {
    if (!isInOrder) {
      mistakes.add(pointer.apply(name), "must be " + rule);
    }
  }

  private void ifPresent(String name, Predicate<String> isInOrder, String rule) {
    String value = attributes.get(name);
    require(name, value == null || isInOrder.test(value), rule);
  }

  private void checkAny(String name, String value) {
    if (!NAME.matcher(name).matches() || !AttributeLimits.isName(PREFIX + name)) {
      mistakes.add(
          pointer.apply(name), "must have a name of lower-case letters and digits, and not longer");
    }
    if (!AttributeLimits.isValue(value) || value.chars().anyMatch(Character::isISOControl)) {
      mistakes.add(
          pointer.apply(name),
          "must have at most %d bytes, and no control character"
              .formatted(AttributeLimits.LONGEST_VALUE_BYTES));
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
