package dev.tidegate.local.command;

import com.google.protobuf.ByteString;
import com.google.pubsub.v1.PubsubMessage;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.transforms.handlers.NotificationIdentity;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.Function;

/**
 * Makes messages as the gateway would: the body untouched, what is known of it in attributes. Only
 * the time of receipt is Pub/Sub's, since the gateway alone can prove another.
 *
 * @param source the kind of sender
 * @param tenant whose notifications they are
 * @param identify what can be read of a body's identity
 */
record NotificationMessage(
    String source, String tenant, Function<byte[], NotificationIdentity> identify) {
  /** Pub/Sub's limit of an attribute's value, in bytes of UTF-8. */
  static final int LONGEST_ATTRIBUTE = 1024;

  PubsubMessage of(byte[] body) {
    PubsubMessage.Builder message = PubsubMessage.newBuilder().setData(ByteString.copyFrom(body));
    put(message, EventAttributes.SOURCE, source);
    put(message, EventAttributes.TENANT_ID, tenant);
    put(message, EventAttributes.CONTENT_TYPE, "application/json");
    put(message, EventAttributes.REQUEST_ID, UUID.randomUUID().toString());
    NotificationIdentity identity = identify.apply(body);
    identity.notificationId().ifPresent(id -> put(message, EventAttributes.NOTIFICATION_ID, id));
    identity.eventType().ifPresent(type -> put(message, EventAttributes.EVENT_TYPE, type));
    return message.build();
  }

  /** Whether {@code value} can be an attribute's. */
  static boolean fits(String value) {
    return value.getBytes(StandardCharsets.UTF_8).length <= LONGEST_ATTRIBUTE;
  }

  /** One value too long would make Pub/Sub refuse the message; the pipeline reads the body too. */
  private static void put(PubsubMessage.Builder message, EventAttributes name, String value) {
    if (fits(value)) {
      message.putAttributes(name.attribute(), value);
    }
  }
}
