package dev.tidegate.transforms;

import dev.tidegate.schemas.DeadLetter;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessageWithAttributesCoder;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.apache.beam.sdk.values.TypeDescriptor;

/**
 * Publishes dead letters for alerts, each with the original body and attributes. Attributes that
 * begin with {@code dead_letter_} say what was wrong.
 */
public final class PublishDeadLetters extends PTransform<PCollection<DeadLetter>, PDone> {
  private static final long serialVersionUID = 1L;

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
            MapElements.into(TypeDescriptor.of(PubsubMessage.class)).via(DeadLetterMessage::of))
        .setCoder(PubsubMessageWithAttributesCoder.of())
        .apply("Publish", PubsubIO.writeMessages().to(topic));
  }
}
