package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.MessageStamp;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.StampKey;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubIO;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessageWithAttributesCoder;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PDone;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes events with their attributes and a stamp, by which the pipeline knows them for replays.
 * One that Pub/Sub would refuse for its size is counted and logged by its identity, and left out:
 * it can be replayed into the sinks.
 */
public final class PublishEvents extends PTransform<PCollection<RawEvent>, PDone> {
  private static final long serialVersionUID = 1L;

  /** What PubsubIO takes: 10 MB after its encoding, which makes four bytes of three. */
  static final int MOST_BYTES = 7_500_000;

  /** The bytes that PubsubIO counts for an attribute besides its name and value. */
  private static final int ATTRIBUTE_BYTES = 6;

  /** As many as PubsubIO publishes at once by itself. */
  private static final int MOST_MESSAGES = 100;

  private final String topic;
  private final StampKey stampKey;
  private final int batch;

  private PublishEvents(String topic, StampKey stampKey, int batch) {
    this.topic = topic;
    this.stampKey = stampKey;
    this.batch = batch;
  }

  /**
   * Publishes to {@code topic}.
   *
   * @param topic {@code projects/PROJECT/topics/NAME}
   * @param stampKey where the key of stamps is; where it is not set, events go without a stamp
   */
  public static PublishEvents to(String topic, StampKey stampKey) {
    return new PublishEvents(topic, stampKey, MOST_MESSAGES);
  }

  /** The same, in batches of at most a quarter of a second's events. */
  public PublishEvents atRate(double perSecond) {
    return new PublishEvents(
        topic, stampKey, (int) Math.max(1, Math.min(MOST_MESSAGES, perSecond / 4)));
  }

  @Override
  public PDone expand(PCollection<RawEvent> events) {
    return events
        .apply("MakeMessages", ParDo.of(new MakeMessageFn(stampKey)))
        .setCoder(PubsubMessageWithAttributesCoder.of())
        .apply("Publish", PubsubIO.writeMessages().to(topic).withMaxBatchSize(batch));
  }

  private static final class MakeMessageFn extends DoFn<RawEvent, PubsubMessage> {
    private static final long serialVersionUID = 1L;
    private static final Logger LOG = LoggerFactory.getLogger(PublishEvents.class);

    private final StampKey stampKey;
    private transient @Nullable MessageStamp stamp;

    MakeMessageFn(StampKey stampKey) {
      this.stampKey = stampKey;
    }

    @Setup
    public void setup() {
      stamp = stampKey.read().orElse(null);
    }

    @ProcessElement
    public void process(@Element RawEvent event, OutputReceiver<PubsubMessage> out) {
      Map<String, String> attributes =
          stamp == null ? event.attributes() : stamp.stamped(event.attributes(), event.body());
      if (bytesOf(event.body(), attributes) > MOST_BYTES) {
        PipelineMetrics.EVENTS_TOO_LARGE.inc();
        LOG.error("{} is too large to be published; replay it into the sinks", event);
        return;
      }
      PipelineMetrics.EVENTS_REPLAYED.inc();
      out.output(new PubsubMessage(event.body(), attributes));
    }

    private static long bytesOf(byte[] body, Map<String, String> attributes) {
      long bytes = body.length;
      for (Map.Entry<String, String> attribute : attributes.entrySet()) {
        bytes += ATTRIBUTE_BYTES;
        bytes += attribute.getKey().getBytes(StandardCharsets.UTF_8).length;
        bytes += attribute.getValue().getBytes(StandardCharsets.UTF_8).length;
      }
      return bytes;
    }
  }
}
