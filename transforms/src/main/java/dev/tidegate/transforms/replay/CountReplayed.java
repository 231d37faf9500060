package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.PipelineMetrics;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;

/** Counts events on their way into the sinks. */
public final class CountReplayed extends PTransform<PCollection<RawEvent>, PCollection<RawEvent>> {
  private static final long serialVersionUID = 1L;

  private CountReplayed() {}

  public static CountReplayed of() {
    return new CountReplayed();
  }

  @Override
  public PCollection<RawEvent> expand(PCollection<RawEvent> events) {
    return events.apply("ForEach", ParDo.of(new CountFn())).setCoder(RawEventCoder.of());
  }

  private static final class CountFn extends DoFn<RawEvent, RawEvent> {
    private static final long serialVersionUID = 1L;

    @ProcessElement
    public void process(@Element RawEvent event, OutputReceiver<RawEvent> out) {
      PipelineMetrics.EVENTS_REPLAYED.inc();
      out.output(event);
    }
  }
}
