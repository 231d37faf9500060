package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.beam.sdk.coders.VarLongCoder;
import org.apache.beam.sdk.io.range.OffsetRange;
import org.apache.beam.sdk.transforms.Count;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.transforms.View;
import org.apache.beam.sdk.transforms.splittabledofn.OffsetRangeTracker;
import org.apache.beam.sdk.transforms.splittabledofn.RestrictionTracker;
import org.apache.beam.sdk.transforms.splittabledofn.SplitResult;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionView;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Limits the rate of events, for all workers together.
 *
 * <p>All events are collected first and then let go by a single element, one after the other: an
 * element is worked on by one thread of one worker, however many there are, and this one may be
 * paused but never shared. So the cap is the whole job's, and no worker needs to know of another.
 * After a pause nothing is caught up: the rate is never exceeded.
 *
 * <p>The element is splittable so that what was let go moves on. A runner that passes on what a
 * bundle put out only when the bundle ends, as the DirectRunner does, ends it every second.
 */
public final class Pace extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private final double perSecond;

  private Pace(double perSecond) {
    this.perSecond = perSecond;
  }

  /** At most {@code perSecond} events a second, above 0. */
  public static Pace of(double perSecond) {
    return new Pace(perSecond);
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    PCollectionView<List<RawEvent>> all =
        events.apply("Collect", View.<RawEvent>asList().withRandomAccess());
    return events
        .apply("Count", Count.globally())
        .setCoder(VarLongCoder.of())
        .apply("LetGo", ParDo.of(new LetGoFn(all, perSecond)).withSideInputs(all))
        .setCoder(RawEventCoder.of());
  }

  @DoFn.BoundedPerElement
  static final class LetGoFn extends DoFn<Long, RawEvent> {
    private static final long serialVersionUID = 1L;

    /** Sleeping and handing on are never exact: so much is made up for, and no long halt. */
    private static final long MOST_NANOS_CAUGHT_UP = TimeUnit.SECONDS.toNanos(1);

    private final PCollectionView<List<RawEvent>> all;
    private final long nanosBetween;

    LetGoFn(PCollectionView<List<RawEvent>> all, double perSecond) {
      this.all = all;
      this.nanosBetween = Math.round(TimeUnit.SECONDS.toNanos(1) / perSecond);
    }

    @GetInitialRestriction
    public OffsetRange everything(@Element Long count) {
      return new OffsetRange(0, count);
    }

    @GetRestrictionCoder
    public OffsetRange.Coder restrictionCoder() {
      return OffsetRange.Coder.of();
    }

    @NewTracker
    public OffsetRangeTracker trackerOf(@Restriction OffsetRange range) {
      return new UnsharedTracker(range);
    }

    @ProcessElement
    public void process(ProcessContext context, RestrictionTracker<OffsetRange, Long> tracker)
        throws InterruptedException {
      List<RawEvent> events = context.sideInput(all);
      long due = System.nanoTime();
      for (long i = tracker.currentRestriction().getFrom(); tracker.tryClaim(i); i++) {
        context.output(events.get(Math.toIntExact(i)));
        // Slept after an event and not before: whoever goes on from here may begin at once.
        due = Math.max(due, System.nanoTime() - MOST_NANOS_CAUGHT_UP) + nanosBetween;
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
      }
    }
  }

  /** Can be told to stop and go on later, but not to give half of its work to another worker. */
  private static final class UnsharedTracker extends OffsetRangeTracker {
    UnsharedTracker(OffsetRange range) {
      super(range);
    }

    @Override
    public @Nullable SplitResult<OffsetRange> trySplit(double fractionOfRemainder) {
      return fractionOfRemainder > 0 ? null : super.trySplit(fractionOfRemainder);
    }
  }
}
