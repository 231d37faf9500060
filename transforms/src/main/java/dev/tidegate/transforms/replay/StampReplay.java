package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.ReplayAttributes;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;

/** Keeps the events that a filter lets through, and makes replays of them. */
public final class StampReplay extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private final ReplayFilter filter;
  private final String replayId;

  private StampReplay(ReplayFilter filter, String replayId) {
    this.filter = filter;
    this.replayId = replayId;
  }

  /**
   * Makes what {@code filter} lets through events of the replay {@code replayId}.
   *
   * @param filter checked here for each event, whatever its source has left out already
   */
  public static StampReplay of(ReplayFilter filter, String replayId) {
    return new StampReplay(filter, replayId);
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    return events
        .apply("ForEach", ParDo.of(new StampFn(filter, replayId)))
        .setCoder(RawEventCoder.of());
  }

  private static final class StampFn extends DoFn<RawEvent, RawEvent> {
    private static final long serialVersionUID = 1L;

    private final ReplayFilter filter;
    private final String replayId;

    StampFn(ReplayFilter filter, String replayId) {
      this.filter = filter;
      this.replayId = replayId;
    }

    @ProcessElement
    public void process(@Element RawEvent event, OutputReceiver<RawEvent> out) {
      if (filter.matches(event)) {
        ReplayMetrics.EVENTS_SELECTED.inc();
        out.output(ReplayAttributes.stamp(ReadIdentity.of(event), replayId));
      }
    }
  }
}
