package dev.tidegate.templates;

import dev.tidegate.pipeline.EventPipeline;
import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/** The pipelines in the shapes in which they run on Dataflow, each translated once. */
enum TranslatedPipeline {
  /** As in production: everything on. Batches are collected in state, as by default on Dataflow. */
  STREAMING(
      "streaming",
      () -> {
        EventPipelineOptions options =
            options(
                EventPipelineOptions.class,
                "--streaming=true",
                "--enableStreamingEngine=true",
                "--inputSubscription=projects/some-project/subscriptions/events",
                "--archiveDataset=some-project.tidegate",
                "--deadLetterTopic=projects/some-project/topics/dead-letters");
        return DataflowTranslation.of(
            options,
            pipeline -> EventPipeline.build(pipeline, EventPipelineConfiguration.of(options)));
      }),

  /** From BigQuery to the running pipeline. */
  REPLAY_ARCHIVE_TO_TOPIC(
      "replay-archive-to-topic",
      () ->
          replay(
              "--from=ARCHIVE_BIGQUERY",
              "--archiveDataset=some-project.tidegate",
              "--outputTopic=projects/some-project/topics/events")),

  /** Straight into the tables. */
  REPLAY_DEAD_LETTERS_TO_SINKS(
      "replay-dead-letters-to-sinks", () -> replay("--from=DEAD_LETTERS", "--output=SINKS"));

  private static final List<String> DATABASE =
      List.of(
          "--jdbcUrl=jdbc:postgresql://10.0.0.5/tidegate",
          "--jdbcUsername=tidegate",
          "--jdbcPasswordSecret=projects/some-project/secrets/password/versions/latest");

  private final String file;
  private final Supplier<DataflowTranslation> translating;
  private DataflowTranslation translation;

  TranslatedPipeline(String file, Supplier<DataflowTranslation> translating) {
    this.file = file;
    this.translating = translating;
  }

  /** The name of the file of its steps. */
  String file() {
    return file + ".txt";
  }

  /** Its translation, which takes some seconds the first time. */
  synchronized DataflowTranslation translation() {
    if (translation == null) {
      translation = translating.get();
    }
    return translation;
  }

  private static DataflowTranslation replay(String... arguments) {
    ReplayPipelineOptions options = options(ReplayPipelineOptions.class, arguments);
    return DataflowTranslation.of(
        options,
        pipeline ->
            ReplayPipeline.build(pipeline, ReplayPipelineConfiguration.of(options), preview -> {}));
  }

  private static <T extends org.apache.beam.sdk.options.PipelineOptions> T options(
      Class<T> type, String... arguments) {
    return PipelineOptionsFactory.fromArgs(
            Stream.concat(Stream.of(arguments), DATABASE.stream()).toArray(String[]::new))
        .as(type);
  }
}
