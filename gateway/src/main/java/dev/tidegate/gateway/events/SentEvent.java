package dev.tidegate.gateway.events;

import dev.tidegate.schemas.Sha256;
import java.util.Map;
import java.util.Optional;

/**
 * An event that was sent and found in order. It does not say who sent it.
 *
 * <p>The body is the payload's bytes as they stood in the request: the pipeline archives and hashes
 * them, and handlers read them. The members around the payload (type, key, metadata) become
 * attributes. So the same payload is the same body, whichever way it was sent.
 *
 * @param notificationId what identifies it among its tenant's events of the source
 * @param source the source that its sender names, if any; which handlers there are for it
 * @param hasKey whether its sender chose the ID: then it may be sent twice
 * @param eventType what happened
 * @param contentType the body's
 * @param body the payload's bytes
 * @param attributes what else was sent, by the names that Pub/Sub is to have: {@code ce-*} and
 *     {@code metadata}
 */
record SentEvent(
    String notificationId,
    Optional<String> source,
    boolean hasKey,
    String eventType,
    String contentType,
    byte[] body,
    Map<String, String> attributes) {
  SentEvent {
    attributes = Map.copyOf(attributes);
  }

  /** What two events under one ID must have in common: see {@code RawEvent.contentSha256}. */
  String contentSha256() {
    return Sha256.hexOfTyped(Sha256.hexOf(body), eventType);
  }

  /** The event of {@code source}, which may know it by an ID of its own. */
  SentEvent of(String source, Optional<String> ownId) {
    return new SentEvent(
        ownId.orElse(notificationId),
        Optional.of(source),
        hasKey || ownId.isPresent(),
        eventType,
        contentType,
        body,
        attributes);
  }

  /** The attribute {@code source} of its message. */
  String sourceName() {
    return source.orElse(OutgoingEvents.SOURCE);
  }

  /** Never what was sent. */
  @Override
  public String toString() {
    return "SentEvent{%d bytes}".formatted(body.length);
  }
}
