package dev.tidegate.pubsub;

import com.google.pubsub.v1.PublishRequest;
import com.google.pubsub.v1.PubsubMessage;
import java.nio.charset.StandardCharsets;

/**
 * The service's limits on what may be published, so that what passes here passes there.
 *
 * <p>Lengths of keys and values are in bytes of UTF-8.
 */
final class PublishLimits {
  /** 10 MiB, the size the service names in its error. */
  static final int REQUEST_BYTES = 10 * 1024 * 1024;

  private static final int MESSAGES = 1000;
  private static final int ATTRIBUTES = 100;
  private static final int KEY_BYTES = 256;
  private static final int VALUE_BYTES = 1024;
  private static final String RESERVED_PREFIX = "goog";

  private PublishLimits() {}

  /**
   * Checks a whole request: one bad message refuses all, as in the service.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT if it breaks a limit
   */
  static void check(PublishRequest request) {
    int count = request.getMessagesCount();
    if (count < 1 || count > MESSAGES) {
      throw Statuses.invalidArgument(
          "The value for message_count is out of range. You passed "
              + count
              + " in the request, but it must be between 1 and "
              + MESSAGES
              + ".");
    }
    if (request.getSerializedSize() > REQUEST_BYTES) {
      throw Statuses.invalidArgument(
          "Request payload size exceeds the limit: " + REQUEST_BYTES + " bytes.");
    }
    request.getMessagesList().forEach(PublishLimits::check);
  }

  private static void check(PubsubMessage message) {
    if (message.getData().isEmpty() && message.getAttributesCount() == 0) {
      throw Statuses.invalidArgument(
          "Each message must have non-empty data, or at least one attribute.");
    }
    if (message.getAttributesCount() > ATTRIBUTES) {
      throw Statuses.invalidArgument(
          "The message has "
              + message.getAttributesCount()
              + " attributes, but at most "
              + ATTRIBUTES
              + " are allowed.");
    }
    message.getAttributesMap().forEach(PublishLimits::check);
  }

  private static void check(String key, String value) {
    if (key.isEmpty() || isLonger(key, KEY_BYTES)) {
      throw Statuses.invalidArgument(
          "Attribute keys must have between 1 and " + KEY_BYTES + " bytes.");
    }
    if (key.startsWith(RESERVED_PREFIX)) {
      throw Statuses.invalidArgument(
          "Attribute keys must not start with \"" + RESERVED_PREFIX + "\" (key=" + key + ").");
    }
    if (isLonger(value, VALUE_BYTES)) {
      throw Statuses.invalidArgument(
          "Attribute values must have at most " + VALUE_BYTES + " bytes (key=" + key + ").");
    }
  }

  private static boolean isLonger(String text, int bytes) {
    return text.length() > bytes
        // Most strings are so short that they need not be encoded to know.
        || (text.length() * 3 > bytes && text.getBytes(StandardCharsets.UTF_8).length > bytes);
  }
}
