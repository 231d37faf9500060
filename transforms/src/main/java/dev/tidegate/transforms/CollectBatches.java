package dev.tidegate.transforms;

import dev.tidegate.transforms.files.ArchiveFormat;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.beam.sdk.coders.KvCoder;
import org.apache.beam.sdk.coders.VarIntCoder;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.GroupIntoBatches;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.Values;
import org.apache.beam.sdk.transforms.WithKeys;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptors;
import org.joda.time.Duration;

/**
 * Collects values in the runner's state until they are many, large, or have waited long enough, and
 * puts them out together: within one bundle, and so in one request of whoever writes bundles.
 *
 * @param <T> what is collected
 */
final class CollectBatches<T> extends PTransform<PCollection<T>, PCollection<T>> {
  private static final long serialVersionUID = 1L;

  private final Batching batching;
  private final ArchiveFormat<T> format;

  private CollectBatches(Batching batching, ArchiveFormat<T> format) {
    this.batching = batching;
    this.format = format;
  }

  /**
   * @param format says how large a value is
   */
  static <T> CollectBatches<T> of(Batching batching, ArchiveFormat<T> format) {
    return new CollectBatches<>(batching, format);
  }

  @Override
  public PCollection<T> expand(PCollection<T> values) {
    int shards = batching.shards();
    ArchiveFormat<T> weigher = format;
    return values
        .apply(
            "AssignShards",
            // Any will do: rows are appended, in no order.
            WithKeys.<Integer, T>of(value -> ThreadLocalRandom.current().nextInt(shards))
                .withKeyType(TypeDescriptors.integers()))
        .setCoder(KvCoder.of(VarIntCoder.of(), values.getCoder()))
        .apply(
            "Group",
            GroupIntoBatches.<Integer, T>ofSize(batching.maxRows())
                .withByteSize(batching.maxBytes(), weigher::bytesOf)
                .withMaxBufferingDuration(Duration.millis(batching.maxWait().toMillis())))
        .apply("Batches", Values.create())
        .apply("Ungroup", Flatten.iterables())
        .setCoder(values.getCoder());
  }
}
