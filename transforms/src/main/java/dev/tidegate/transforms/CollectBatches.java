package dev.tidegate.transforms;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
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
 * Gives the archive and the tables many events at a time, whatever the size of the runner's
 * bundles. Where these are small, events are collected in the runner's state until they are many,
 * large, or have waited long enough, and are put out together, within one bundle.
 */
public final class CollectBatches extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private final Batching batching;

  private CollectBatches(Batching batching) {
    this.batching = batching;
  }

  public static CollectBatches of(Batching batching) {
    return new CollectBatches(batching);
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    if (batching.mode() == Batching.Mode.BUNDLES) {
      // The runner's bundles are batches.
      return events;
    }
    int shards = batching.shards();
    return events
        .apply(
            "AssignShards",
            WithKeys.<Integer, RawEvent>of(
                    event -> Math.floorMod(event.identity().hashCode(), shards))
                .withKeyType(TypeDescriptors.integers()))
        .setCoder(KvCoder.of(VarIntCoder.of(), RawEventCoder.of()))
        .apply(
            "Group",
            GroupIntoBatches.<Integer, RawEvent>ofSize(batching.maxRows())
                .withByteSize(batching.maxBytes(), event -> (long) event.body().length)
                .withMaxBufferingDuration(Duration.millis(batching.maxWait().toMillis())))
        .apply("Batches", Values.create())
        .apply("Ungroup", Flatten.iterables())
        .setCoder(RawEventCoder.of());
  }
}
