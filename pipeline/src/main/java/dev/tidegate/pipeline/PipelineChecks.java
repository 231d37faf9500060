package dev.tidegate.pipeline;

import static dev.tidegate.pipeline.launch.OptionMistakes.isGiven;

import dev.tidegate.pipeline.ReplayPipelineOptions.Output;
import dev.tidegate.pipeline.ReplayPipelineOptions.Source;
import dev.tidegate.pipeline.launch.DatabaseCheck;
import dev.tidegate.pipeline.launch.DatasetCheck;
import dev.tidegate.pipeline.launch.LaunchCheck;
import dev.tidegate.pipeline.launch.LocationCheck;
import dev.tidegate.pipeline.launch.OptionMistakes;
import dev.tidegate.pipeline.launch.SubscriptionCheck;
import dev.tidegate.pipeline.launch.TopicCheck;
import dev.tidegate.transforms.handlers.EventSources;
import java.util.ArrayList;
import java.util.List;

/**
 * What is asked before each pipeline starts. Of options that are mistaken nothing is asked: that
 * they are is told anyway, and the others are asked about all the same.
 */
final class PipelineChecks {
  private PipelineChecks() {}

  static List<LaunchCheck> of(EventPipelineOptions options) {
    List<LaunchCheck> checks = new ArrayList<>(List.of(new LocationCheck(options)));
    if (EventPipelineConfiguration.isSubscription(options.getInputSubscription())) {
      checks.add(new SubscriptionCheck(options, options.getInputSubscription()));
    }
    String letters = options.getDeadLetterTopic();
    if (isGiven(letters) && EventPipelineConfiguration.isTopic(letters)) {
      checks.add(new TopicCheck(options, "--deadLetterTopic", letters));
    }
    addDatabase(options, checks);
    if (options.getArchiveMethod() != ArchiveMethod.FILES) {
      addDataset(options, checks);
    }
    return checks;
  }

  static List<LaunchCheck> of(ReplayPipelineOptions options) {
    List<LaunchCheck> checks = new ArrayList<>(List.of(new LocationCheck(options)));
    boolean intoSinks = options.getOutput() == Output.SINKS && !options.getDryRun();
    if (intoSinks || options.getFrom() == Source.DEAD_LETTERS) {
      addDatabase(options, checks);
    }
    String topic = options.getOutputTopic();
    if (!intoSinks
        && !options.getDryRun()
        && isGiven(topic)
        && EventPipelineConfiguration.isTopic(topic)) {
      checks.add(new TopicCheck(options, "--outputTopic", topic));
    }
    if (options.getFrom() == Source.ARCHIVE_BIGQUERY) {
      addDataset(options, checks);
    }
    return checks;
  }

  private static void addDatabase(DatabaseOptions options, List<LaunchCheck> checks) {
    OptionMistakes mistakes = new OptionMistakes();
    SinkConfiguration sink = SinkConfiguration.of(options, mistakes);
    if (mistakes.list().isEmpty()) {
      checks.add(new DatabaseCheck(options, sink.database(), EventSources.installed().tables()));
    }
  }

  private static void addDataset(ArchiveOptions options, List<LaunchCheck> checks) {
    ArchiveConfiguration.datasetOf(options, new OptionMistakes())
        .ifPresent(
            dataset ->
                checks.add(
                    new DatasetCheck(options, dataset.getProjectId(), dataset.getDatasetId())));
  }
}
