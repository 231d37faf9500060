package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.ReplayAttributes;
import dev.tidegate.transforms.handlers.EventSources;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;

/** Keeps the events that a filter lets through, and makes replays of them. */
public final class StampReplay extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private final ReplayFilter filter;
  private final String replayId;
  private final EventSources sources;

  private StampReplay(ReplayFilter filter, String replayId, EventSources sources) {
    this.filter = filter;
    this.replayId = replayId;
    this.sources = sources;
  }

  /**
   * Makes what {@code filter} lets through events of the replay {@code replayId}.
   *
   * @param filter checked here for each event, whatever its source has left out already
   * @param sources identify the events. A source may have learned to read an ID that it could not
   *     read the first time
   */
  public static StampReplay of(ReplayFilter filter, String replayId, EventSources sources) {
    return new StampReplay(filter, replayId, sources);
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    return events
        .apply("ForEach", ParDo.of(new StampFn(filter, replayId, sources)))
        .setCoder(RawEventCoder.of());
  }

  private static final class StampFn extends DoFn<RawEvent, RawEvent> {
    private static final long serialVersionUID = 1L;

    private final ReplayFilter filter;
    private final String replayId;
    private final EventSources sources;

    StampFn(ReplayFilter filter, String replayId, EventSources sources) {
      this.filter = filter;
      this.replayId = replayId;
      this.sources = sources;
    }

    @ProcessElement
    public void process(@Element RawEvent event, OutputReceiver<RawEvent> out) {
      if (filter.matches(event)) {
        ReplayMetrics.EVENTS_SELECTED.inc();
        out.output(ReplayAttributes.stamp(sources.identify(event), replayId));
      }
    }
  }
}
