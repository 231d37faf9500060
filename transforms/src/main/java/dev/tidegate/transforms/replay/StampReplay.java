package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.EffectMode;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.schemas.ReplayAttributes;
import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.handlers.EventSources;
import org.apache.beam.sdk.transforms.Filter;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.TypeDescriptor;

/** Keeps the events that match a filter, and makes replays of them. */
public final class StampReplay extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private final ReplayFilter filter;
  private final String replayId;
  private final EffectMode effects;
  private final EventSources sources;

  private StampReplay(
      ReplayFilter filter, String replayId, EffectMode effects, EventSources sources) {
    this.filter = filter;
    this.replayId = replayId;
    this.effects = effects;
    this.sources = sources;
  }

  /**
   * Makes the events that match {@code filter} events of the replay {@code replayId}.
   *
   * @param filter checked for each event, whatever the reader has left out already
   * @param effects which effects they may cause
   * @param sources identify the events. A source may have learned to read an ID that it could not
   *     read the first time
   */
  public static StampReplay of(
      ReplayFilter filter, String replayId, EffectMode effects, EventSources sources) {
    return new StampReplay(filter, replayId, effects, sources);
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    return events
        .apply("Select", Filter.by(filter::matches))
        .apply("Stamp", MapElements.into(TypeDescriptor.of(RawEvent.class)).via(this::stamped))
        .setCoder(RawEventCoder.of());
  }

  private RawEvent stamped(RawEvent event) {
    PipelineMetrics.EVENTS_SELECTED.inc();
    return ReplayAttributes.stamp(sources.identify(event), replayId, effects);
  }
}
