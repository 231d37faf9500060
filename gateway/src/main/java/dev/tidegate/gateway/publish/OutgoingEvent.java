package dev.tidegate.gateway.publish;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An event on its way to Pub/Sub: the request's bytes as they came, and the attributes that tell
 * what they are, by the names of {@link dev.tidegate.schemas.EventAttributes}. It fits Pub/Sub's
 * limits: whoever makes one has checked that ({@link AttributeLimits}).
 *
 * @param body the original bytes; callers must not change the array
 * @param attributes in the order of their names
 */
public record OutgoingEvent(byte[] body, SortedMap<String, String> attributes) {
  public OutgoingEvent(byte[] body, Map<String, String> attributes) {
    this(body, Collections.unmodifiableSortedMap(new TreeMap<>(attributes)));
  }

  /** Never the body or attributes: what is logged by accident must not hold them. */
  @Override
  public String toString() {
    return "OutgoingEvent{%d bytes, %d attributes}".formatted(body.length, attributes.size());
  }
}
