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

/** The steps' names: a running job is updated by them, so they never change. */
class EventPipelineTest {
  @Test
  void theStepsAreThoseOfThePicture() {
    assertThat(stepNames())
        .filteredOn(name -> !name.contains("/"))
        .containsExactlyInAnyOrder(
            "ReadEvents",
            "Deduplicate",
            "ArchiveRaw",
            "Decode",
            "Validate",
            "Transform",
            "Upsert",
            "AllFailures",
            "DeadLetters",
            "HouseLedger");
  }

  @Test
  void noTwoStepsHaveTheSameName() {
    assertThat(stepNames()).hasSizeGreaterThan(9).doesNotHaveDuplicates();
  }

  /** All full names, {@code Outer/Inner}; laying the pipeline fails where one is not stable. */
  private static List<String> stepNames() {
    EventPipelineOptions options =
        PipelineOptionsFactory.fromArgs(
                "--inputSubscription=projects/project/subscriptions/events",
                "--archiveFolder=/archive",
                "--jdbcUrl=jdbc:postgresql://db/tidegate",
                "--jdbcUsername=tidegate")
            .as(EventPipelineOptions.class);
    options.setStreaming(true);
    options.setStableUniqueNames(CheckEnabled.ERROR);
    Pipeline pipeline = Pipeline.create(options);
    EventPipeline.build(pipeline, EventPipelineConfiguration.of(options));

    List<String> names = new ArrayList<>();
    pipeline.traverseTopologically(
        new PipelineVisitor.Defaults() {
          @Override
          public CompositeBehavior enterCompositeTransform(Node node) {
            if (!node.isRootNode()) {
              names.add(node.getFullName());
            }
            return CompositeBehavior.ENTER_TRANSFORM;
          }

          @Override
          public void visitPrimitiveTransform(Node node) {
            names.add(node.getFullName());
          }
        });
    return names;
  }
}
