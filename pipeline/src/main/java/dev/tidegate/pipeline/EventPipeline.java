package dev.tidegate.pipeline;

import dev.tidegate.pipeline.launch.Launch;
import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.ArchiveDiscards;
import dev.tidegate.transforms.ArchiveRaw;
import dev.tidegate.transforms.CollectBatches;
import dev.tidegate.transforms.DeadLetters;
import dev.tidegate.transforms.Deduplicate;
import dev.tidegate.transforms.EventStep;
import dev.tidegate.transforms.PurgeLedger;
import dev.tidegate.transforms.ReadEvents;
import dev.tidegate.transforms.UpsertRows;
import dev.tidegate.transforms.archive.ArchiveCopies;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.transforms.Flatten;
import org.apache.beam.sdk.transforms.PTransform;
import org.apache.beam.sdk.values.PBegin;
import org.apache.beam.sdk.values.PCollection;
import org.apache.beam.sdk.values.PCollectionList;

/**
 * The main job: events from Pub/Sub into the archive, PostgreSQL and dead letters.
 *
 * <p>The steps' names never change: a running job is updated by them.
 */
public final class EventPipeline {
  private EventPipeline() {}

  public static void main(String[] arguments) {
    launch().main(arguments);
  }

  /** Launches the job from its arguments. */
  public static Launch<EventPipelineOptions, EventPipelineConfiguration> launch() {
    return new Launch<>(
        "EventPipeline",
        EventPipelineOptions.class,
        EventPipelineConfiguration::of,
        EventPipeline::start);
  }

  private static void start(
      EventPipelineOptions options, EventPipelineConfiguration configuration) {
    options.setStreaming(true);
    Pipeline pipeline = Pipeline.create(options);
    build(pipeline, configuration);
    pipeline.run();
  }

  /** Lays the whole pipeline, from the subscription on. */
  public static void build(Pipeline pipeline, EventPipelineConfiguration configuration) {
    build(
        pipeline,
        ReadEvents.from(
                configuration.input().subscription(),
                configuration.input().defaultTenant(),
                configuration.input().defaultSource(),
                configuration.input().stampKey(),
                configuration.sources())
            .over(configuration.input().transport()),
        configuration);
  }

  /** Lays the pipeline behind {@code read}. */
  static void build(
      Pipeline pipeline,
      PTransform<PBegin, PCollection<RawEvent>> read,
      EventPipelineConfiguration configuration) {
    EventSources sources = configuration.sources();
    List<PCollection<DeadLetter>> failures = new ArrayList<>();

    PCollection<RawEvent> events =
        pipeline
            .apply("ReadEvents", read)
            .apply(
                "Deduplicate",
                Deduplicate.within(configuration.dedupeWindow())
                    .archivingRepeatsIn(configuration.archive()))
            .apply("CollectBatches", CollectBatches.of(configuration.sink().batching()));

    failures.add(events.apply("ArchiveRaw", ArchiveRaw.to(configuration.archive(), sources)));

    PCollection<EventOutcome> committed = upsert(events, configuration.sink(), sources, failures);

    PCollection<DeadLetter> letters =
        PCollectionList.of(failures).apply("AllFailures", Flatten.pCollections());
    letters.apply(
        "DeadLetters",
        DeadLetters.in(configuration.sink().database(), sources)
            .copiedTo(configuration.archive(), configuration.deadLetterTopic()));

    // The outcomes of failures are archived by DeadLetters. Brought together with these, every
    // outcome would be sent from task to task.
    committed.apply("ArchiveOutcomes", ArchiveCopies.ofOutcomes(configuration.archive()));

    if (configuration.purgesLedger()) {
      pipeline.apply(
          "PurgeLedger",
          PurgeLedger.in(
              configuration.sink().database(), configuration.ledgerRetention(), sources));
      pipeline.apply(
          "ArchiveDiscards",
          ArchiveDiscards.of(configuration.sink().database(), configuration.archive()));
    }
  }

  /**
   * Lays the steps from an event to its rows.
   *
   * @param failures takes what fails in one of them
   */
  static PCollection<EventOutcome> upsert(
      PCollection<RawEvent> events,
      SinkConfiguration sink,
      EventSources sources,
      List<PCollection<DeadLetter>> failures) {
    return events
        .apply("Decode", EventStep.decode(sources))
        .failuresTo(failures)
        .apply("Validate", EventStep.validate(sources, sink.handlerAttempts()))
        .failuresTo(failures)
        .apply("Transform", EventStep.transform(sources, sink.handlerAttempts()))
        .failuresTo(failures)
        .apply(
            "Upsert",
            UpsertRows.into(sink.database(), sink.batching(), sink.ledgerPayload(), sources)
                .withHandlerAttempts(sink.handlerAttempts()))
        .failuresTo(failures);
  }
}
