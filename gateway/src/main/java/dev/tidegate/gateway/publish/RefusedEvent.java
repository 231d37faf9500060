package dev.tidegate.gateway.publish;

import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.schemas.EventAttributes;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * An event that Pub/Sub has refused for good. The spool keeps it until an operator publishes it
 * again or discards it.
 *
 * @param id its number in this gateway's spool
 * @param since when the spool took it
 * @param tenant whose event it is
 * @param source the kind of its sender
 * @param notificationId the ID that its sender gave it, where one was readable
 * @param bodyBytes the size of its body
 */
public record RefusedEvent(
    long id,
    Instant since,
    Optional<String> tenant,
    Optional<String> source,
    Optional<String> notificationId,
    int bodyBytes) {
  static RefusedEvent of(SpoolFile.Entry entry) {
    PubsubMessage message = entry.message();
    Map<String, String> attributes = message.getAttributesMap();
    return new RefusedEvent(
        entry.number(),
        entry.since(),
        EventAttributes.TENANT_ID.in(attributes),
        EventAttributes.SOURCE.in(attributes),
        EventAttributes.NOTIFICATION_ID.in(attributes),
        message.getData().size());
  }
}
