package dev.tidegate.pipeline;

import dev.tidegate.pipeline.ReplayPipelineConfiguration.Output;
import dev.tidegate.pipeline.launch.Launch;
import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.RawEventCoder;
import dev.tidegate.transforms.DeadLetters;
import dev.tidegate.transforms.PipelineMetrics;
import dev.tidegate.transforms.handlers.EventSources;
import dev.tidegate.transforms.replay.Pace;
import dev.tidegate.transforms.replay.PreviewReplay;
import dev.tidegate.transforms.replay.PublishEvents;
import dev.tidegate.transforms.replay.StampReplay;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.transforms.DoFn;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.MapElements;
import org.apache.beam.sdk.transforms.ParDo;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;
import org.apache.beam.sdk.values.TypeDescriptor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job that sends events again: out of the archive or the dead letters, into the topic that the
 * running pipeline reads, or straight into the tables.
 *
 * <p>It can be stopped at any moment and started again without harm. It changes nothing that it
 * reads. An event that it sends twice has the same version both times: the tables take the first
 * and ignore the second, the ledger counts an attempt, and the archive does not store the event
 * again. A dead letter stays open until its event passes, so the next attempt finds it.
 *
 * <p>When the job writes into the tables itself, it keeps an event that fails as a dead letter in
 * PostgreSQL, as the pipeline does: a rebuilt database must know what it lacks. It does not write
 * the archive's copy of the letter or an outcome. Both exist since the first time, and latencies of
 * months would spoil every statistic.
 */
public final class ReplayPipeline {
  private static final Logger LOG = LoggerFactory.getLogger(ReplayPipeline.class);

  private ReplayPipeline() {}

  public static void main(String[] arguments) {
    launch().main(arguments);
  }

  /** Launches the job from its arguments. */
  public static Launch<ReplayPipelineOptions, ReplayPipelineConfiguration> launch() {
    return new Launch<>(
        "ReplayPipeline",
        ReplayPipelineOptions.class,
        ReplayPipelineConfiguration::of,
        ReplayPipeline::start);
  }

  private static void start(
      ReplayPipelineOptions options, ReplayPipelineConfiguration configuration) {
    LOG.info("replay id {}", configuration.replayId());
    Pipeline pipeline = Pipeline.create(options);
    build(pipeline, configuration, preview -> LOG.info("{}", preview));
    pipeline.run();
  }

  /** What each event passes before it is published or written. */
  @FunctionalInterface
  public interface Gate extends Serializable {
    /** Returns when an event may go on; throws where none may. */
    void pass() throws InterruptedException;
  }

  /**
   * Lays the whole pipeline.
   *
   * @param preview receives what a dry run finds
   */
  public static void build(
      Pipeline pipeline,
      ReplayPipelineConfiguration configuration,
      PreviewReplay.Receiver preview) {
    build(pipeline, configuration, preview, Optional.empty());
  }

  /**
   * Lays the whole pipeline, for a runner in this process.
   *
   * @param gate by which it can be held up and ended
   */
  public static void build(
      Pipeline pipeline, ReplayPipelineConfiguration configuration, Gate gate) {
    build(pipeline, configuration, preview -> LOG.info("{}", preview), Optional.of(gate));
  }

  private static void build(
      Pipeline pipeline,
      ReplayPipelineConfiguration configuration,
      PreviewReplay.Receiver preview,
      Optional<Gate> gate) {
    PCollection<RawEvent> events =
        pipeline
            .apply("ReadEvents", configuration.read())
            .apply(
                "Stamp",
                StampReplay.of(
                    configuration.filter(),
                    configuration.replayId(),
                    configuration.effects(),
                    configuration.sources()));
    Output output = configuration.output();
    if (output instanceof Output.Preview) {
      events.apply("Preview", PreviewReplay.of(configuration.effects(), preview));
      return;
    }
    double rate = configuration.rate();
    PCollection<RawEvent> paced = rate > 0 ? events.apply("Pace", Pace.of(rate)) : events;
    if (gate.isPresent()) {
      paced = paced.apply("PassGate", ParDo.of(new PassGateFn(gate.get())));
    }
    if (output instanceof Output.Topic topic) {
      PublishEvents publish = PublishEvents.to(topic.topic(), topic.stampKey());
      paced.apply("Publish", rate > 0 ? publish.atRate(rate) : publish);
    } else if (output instanceof Output.Sinks sinks) {
      write(paced, sinks.sink(), configuration.sources());
    }
  }

  private static final class PassGateFn extends DoFn<RawEvent, RawEvent> {
    private static final long serialVersionUID = 1L;

    private final Gate gate;

    PassGateFn(Gate gate) {
      this.gate = gate;
    }

    @ProcessElement
    public void process(@Element RawEvent event, OutputReceiver<RawEvent> out)
        throws InterruptedException {
      gate.pass();
      out.output(event);
    }
  }

  /** Lays the steps by which {@link EventPipeline} writes, without the archive. */
  private static void write(
      PCollection<RawEvent> events, SinkConfiguration sink, EventSources sources) {
    List<PCollection<DeadLetter>> failures = new ArrayList<>();
    PCollection<RawEvent> counted =
        events
            .apply(
                "CountReplayed",
                MapElements.into(TypeDescriptor.of(RawEvent.class))
                    .via(
                        event -> {
                          PipelineMetrics.EVENTS_REPLAYED.inc();
                          return event;
                        }))
            .setCoder(RawEventCoder.of());
    EventPipeline.upsert(counted, sink, sources, failures);
    PCollectionList.of(failures)
        .apply("AllFailures", Flatten.pCollections())
        .apply("DeadLetters", DeadLetters.in(sink.database(), sources));
  }
}
