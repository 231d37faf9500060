package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessageWithAttributesCoder;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.apache.beam.sdk.values.TypeDescriptor;

/**
 * Publishes dead letters for alerts: the original body and attributes, and what was wrong in
 * attributes that begin with {@code dead_letter_}. A message keeps to Pub/Sub's limits whatever the
 * event holds, because one message that is too large would stop the others. It cuts values, and
 * leaves out attributes that do not fit and a body that leaves no room for them. PostgreSQL and the
 * archive have all of it.
 */
public final class PublishDeadLetters extends PTransform<PCollection<DeadLetter>, PDone> {
  private static final long serialVersionUID = 1L;

  static final String PREFIX = "dead_letter_";

  /** The body's replacement where it is left out. */
  static final String BODY_LEFT_OUT = PREFIX + "body_left_out";

  private static final String RESERVED_PREFIX = "goog";

  private static final int MAX_ATTRIBUTES = 100;
  private static final int MAX_NAME_BYTES = 256;
  private static final int MAX_VALUE_BYTES = 1_024;

  /** The most that PubsubIO puts into a request, with the overhead of each attribute. */
  private static final int MAX_BYTES = 7_500_000;

  private static final int BYTES_PER_ATTRIBUTE = 6;

  private final String topic;

  private PublishDeadLetters(String topic) {
    this.topic = topic;
  }

  /**
   * @param topic {@code projects/PROJECT/topics/NAME}
   */
  public static PublishDeadLetters to(String topic) {
    return new PublishDeadLetters(topic);
  }

  @Override
  public PDone expand(PCollection<DeadLetter> letters) {
    return letters
        .apply(
            "AsMessages",
            MapElements.into(TypeDescriptor.of(PubsubMessage.class))
                .via(PublishDeadLetters::messageOf))
        .setCoder(PubsubMessageWithAttributesCoder.of())
        .apply("Publish", PubsubIO.writeMessages().to(topic));
  }

  static PubsubMessage messageOf(DeadLetter letter) {
    Message message = new Message();
    message.add(PREFIX + "stage", letter.stage());
    message.add(PREFIX + "error_class", letter.errorClass().name());
    message.add(PREFIX + "error_message", letter.errorMessage());
    message.add(PREFIX + "fingerprint", letter.fingerprint());
    message.add(PREFIX + "failed_at", letter.failedAt().toString());
    byte[] body = letter.event().body();
    if (message.bytes + body.length + MAX_ATTRIBUTES * MAX_NAME_BYTES > MAX_BYTES) {
      message.add(BODY_LEFT_OUT, "true");
      body = new byte[0];
    }
    message.bytes += body.length;
    letter.event().attributes().forEach(message::addOriginal);
    return new PubsubMessage(body, message.attributes);
  }

  /** Collects what fits into a message. */
  private static final class Message {
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private int bytes;

    /** Leaves out what describes an earlier failure, and names that Pub/Sub keeps for itself. */
    private void addOriginal(String name, String value) {
      if (!attributes.containsKey(name)
          && !name.equals(BODY_LEFT_OUT)
          && !name.startsWith(RESERVED_PREFIX)) {
        add(name, value);
      }
    }

    private void add(String name, String value) {
      String cut = cut(value);
      int size = bytesOf(name) + bytesOf(cut) + BYTES_PER_ATTRIBUTE;
      if (!name.isEmpty()
          && bytesOf(name) <= MAX_NAME_BYTES
          && attributes.size() < MAX_ATTRIBUTES
          && bytes + size <= MAX_BYTES) {
        attributes.put(name, cut);
        bytes += size;
      }
    }

    /** As many whole characters as fit. */
    private static String cut(String value) {
      if (value.length() <= MAX_VALUE_BYTES / 3 || bytesOf(value) <= MAX_VALUE_BYTES) {
        return value;
      }
      CharsetEncoder encoder =
          StandardCharsets.UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPLACE)
              .onUnmappableCharacter(CodingErrorAction.REPLACE);
      CharBuffer characters = CharBuffer.wrap(value);
      encoder.encode(characters, ByteBuffer.allocate(MAX_VALUE_BYTES), true);
      return value.substring(0, characters.position());
    }

    private static int bytesOf(String text) {
      return text.getBytes(StandardCharsets.UTF_8).length;
    }
  }
}
