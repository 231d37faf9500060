package dev.tidegate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.Pipeline.PipelineVisitor;
import org.apache.beam.sdk.options.PipelineOptions.CheckEnabled;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.runners.TransformHierarchy.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps that a replay is made of. */
class ReplayPipelineTest {
  @Test
  void intoATopicEventsArePublishedAndNothingElse() {
    assertThat(steps("--from=ARCHIVE_FILES"))
        .containsExactlyInAnyOrder("ReadEvents", "Stamp", "Publish");
    assertThat(steps("--from=ARCHIVE_FILES", "--rate=5"))
        .containsExactlyInAnyOrder("ReadEvents", "Stamp", "Pace", "Publish");
  }

  @Test
  void intoTheSinksTheyTakeThePipelinesSteps() {
    assertThat(steps("--from=ARCHIVE_FILES", "--output=SINKS"))
        .containsExactlyInAnyOrder(
            "ReadEvents",
            "Stamp",
            "CountReplayed",
            "Decode",
            "Validate",
            "Transform",
            "Upsert",
            "DeadLetters");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUBSUB", "SINKS"})
  void aDryRunHasNoStepThatWrites(String output) {
    assertThat(steps("--from=DEAD_LETTERS", "--dryRun", "--rate=5", "--output=" + output))
        .containsExactlyInAnyOrder("ReadEvents", "Stamp", "Preview");
  }

  /** The outermost steps' names; laying the pipeline fails where one is not stable. */
  private static List<String> steps(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--archiveFolder=/archive",
                "--jdbcUrl=jdbc:postgresql://db/tidegate",
                "--jdbcUsername=tidegate",
                "--outputTopic=projects/project/topics/events"));
    all.addAll(List.of(arguments));
    ReplayPipelineOptions options =
        PipelineOptionsFactory.fromArgs(all.toArray(String[]::new)).as(ReplayPipelineOptions.class);
    options.setStableUniqueNames(CheckEnabled.ERROR);
    Pipeline pipeline = Pipeline.create(options);
    ReplayPipeline.build(pipeline, ReplayPipelineConfiguration.of(options), preview -> {});

    List<String> names = new ArrayList<>();
    pipeline.traverseTopologically(
        new PipelineVisitor.Defaults() {
          @Override
          public CompositeBehavior enterCompositeTransform(Node node) {
            if (!node.isRootNode() && !node.getFullName().contains("/")) {
              names.add(node.getFullName());
            }
            return CompositeBehavior.ENTER_TRANSFORM;
          }
        });
    return names;
  }
}
