package dev.tidegate.transforms.pubsub;

import com.google.protobuf.Timestamp;
import com.google.pubsub.v1.ReceivedMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.beam.sdk.coders.AtomicCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.io.UnboundedSource;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessage;
import org.apache.beam.sdk.io.gcp.pubsub.PubsubMessageWithAttributesAndMessageIdCoder;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.transforms.windowing.BoundedWindow;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.joda.time.Instant;

/**
 * Reads a subscription over gRPC. A message is acknowledged when the runner has finalized the
 * checkpoint that covers it, so what was not finalized is delivered again.
 *
 * <p>Why not PubsubIO's own reader, outside of Dataflow (measured in docs/performance.md): it polls
 * with four clients for each reader, encodes bodies in Base64, extends leases only while it is
 * read, and asks the runner to remember every message ID, which Deduplicate does anyway.
 */
public final class PubsubSource extends UnboundedSource<PubsubMessage, PubsubSource.Checkpoint> {
  private static final long serialVersionUID = 1L;

  private final String subscription;

  /**
   * @param subscription {@code projects/PROJECT/subscriptions/NAME}. The endpoint and the
   *     credentials are those of Beam's {@code PubsubOptions}
   */
  public PubsubSource(String subscription) {
    this.subscription = subscription;
  }

  /** Every reader pulls from the same subscription, and Pub/Sub shares the messages out. */
  @Override
  public List<PubsubSource> split(int desiredSplits, PipelineOptions options) {
    return Collections.nCopies(Math.max(1, desiredSplits), this);
  }

  @Override
  public UnboundedReader<PubsubMessage> createReader(
      PipelineOptions options, @Nullable Checkpoint checkpoint) {
    return new Reader(this, new PullSubscriber(subscription, options));
  }

  /**
   * A message that is delivered again is known to Deduplicate, whose state survives as ours does.
   */
  @Override
  public boolean requiresDeduping() {
    return false;
  }

  @Override
  public Coder<Checkpoint> getCheckpointMarkCoder() {
    return CheckpointCoder.INSTANCE;
  }

  @Override
  public Coder<PubsubMessage> getOutputCoder() {
    return PubsubMessageWithAttributesAndMessageIdCoder.of();
  }

  /** The messages that were read before it. */
  public static final class Checkpoint implements CheckpointMark {
    private final @Nullable PullSubscriber subscriber;
    private final long messages;

    private Checkpoint(@Nullable PullSubscriber subscriber, long messages) {
      this.subscriber = subscriber;
      this.messages = messages;
    }

    @Override
    public void finalizeCheckpoint() {
      if (subscriber != null) {
        subscriber.acknowledge(messages);
      }
    }
  }

  /** Holds nothing: a reader that is made from it gets its messages from Pub/Sub. */
  private static final class CheckpointCoder extends AtomicCoder<Checkpoint> {
    private static final long serialVersionUID = 1L;
    private static final CheckpointCoder INSTANCE = new CheckpointCoder();

    @Override
    public void encode(Checkpoint checkpoint, OutputStream out) {}

    @Override
    public Checkpoint decode(InputStream in) {
      return new Checkpoint(null, 0);
    }
  }

  private static final class Reader extends UnboundedReader<PubsubMessage> {
    private final PubsubSource source;
    private final PullSubscriber subscriber;
    private @Nullable ReceivedMessage current;
    private long read;
    private Instant watermark = BoundedWindow.TIMESTAMP_MIN_VALUE;

    Reader(PubsubSource source, PullSubscriber subscriber) {
      this.source = source;
      this.subscriber = subscriber;
    }

    @Override
    public boolean start() throws IOException {
      subscriber.start();
      return advance();
    }

    @Override
    public boolean advance() throws IOException {
      current = subscriber.poll();
      if (current == null) {
        // No message waits: what comes next is published from now on, or is delivered again.
        watermark = Instant.now();
        return false;
      }
      read++;
      return true;
    }

    @Override
    public PubsubMessage getCurrent() {
      var message = message().getMessage();
      return new PubsubMessage(
          message.getData().toByteArray(), message.getAttributesMap(), message.getMessageId());
    }

    @Override
    public Instant getCurrentTimestamp() {
      Timestamp time = message().getMessage().getPublishTime();
      return Instant.ofEpochMilli(time.getSeconds() * 1_000 + time.getNanos() / 1_000_000);
    }

    @Override
    public Instant getWatermark() {
      return watermark;
    }

    @Override
    public Checkpoint getCheckpointMark() {
      return new Checkpoint(subscriber, read);
    }

    @Override
    public PubsubSource getCurrentSource() {
      return source;
    }

    @Override
    public void close() {
      subscriber.close();
    }

    private ReceivedMessage message() {
      if (current == null) {
        throw new NoSuchElementException();
      }
      return current;
    }
  }
}
