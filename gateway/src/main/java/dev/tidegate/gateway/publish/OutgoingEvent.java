package dev.tidegate.gateway.publish;

import java.util.Map;

/**
 * An event on its way to Pub/Sub: the request's bytes as they came, and the attributes that tell
 * what they are, by the names of {@link dev.tidegate.schemas.EventAttributes}. It fits Pub/Sub's
 * limits: its maker has checked that ({@link AttributeLimits}).
 *
 * <p>Nothing is copied: its maker must not change the array or the map afterwards.
 *
 * @param body the original bytes
 */
public record OutgoingEvent(byte[] body, Map<String, String> attributes) {
  /** Never the body or attributes: a line that is logged by accident must not contain them. */
  @Override
  public String toString() {
    return "OutgoingEvent{%d bytes, %d attributes}".formatted(body.length, attributes.size());
  }
}
