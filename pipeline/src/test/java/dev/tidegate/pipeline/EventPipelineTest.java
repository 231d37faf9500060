package dev.tidegate.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.Pipeline.PipelineVisitor;
import org.apache.beam.sdk.options.PipelineOptions.CheckEnabled;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.runners.TransformHierarchy.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The steps' names: a running job is updated by them, so they never change. */
class EventPipelineTest {
  @Test
  void theStepsAreThoseOfThePicture() {
    assertThat(stepNames("--archiveMethod=FILES", "--archiveFolder=/archive"))
        .filteredOn(name -> !name.contains("/"))
        .containsExactlyInAnyOrder(
            "ReadEvents",
            "Deduplicate",
            "CollectBatches",
            "ArchiveRaw",
            "Decode",
            "Validate",
            "Transform",
            "Upsert",
            "AllFailures",
            "DeadLetters",
            "ArchiveOutcomes",
            "PurgeLedger",
            "ArchiveDiscards");
  }

  /** On embedded Flink a clock costs a part of a core: the local system does without. */
  @Test
  void whatIsDueByTheClockCanBeDoneBesideThePipeline() {
    assertThat(
            stepNames(
                EventPipelineConfiguration::withoutPurge,
                "--archiveMethod=FILES",
                "--archiveFolder=/archive"))
        .contains("ArchiveOutcomes")
        .noneMatch(name -> name.contains("PurgeLedger") || name.contains("ArchiveDiscards"))
        .noneMatch(name -> name.endsWith("/Tick"));
  }

  @ParameterizedTest
  @CsvSource({
    "FILES,BUNDLES",
    "STORAGE_API_AT_LEAST_ONCE,BUNDLES",
    "STORAGE_API_AT_LEAST_ONCE,GROUPS",
    "FILE_LOADS,BUNDLES",
    "FILE_LOADS,GROUPS"
  })
  void noTwoStepsHaveTheSameName(String archiveMethod, String batching) {
    assertThat(
            stepNames(
                "--archiveMethod=" + archiveMethod,
                archiveMethod.equals("FILES")
                    ? "--archiveFolder=/archive"
                    : "--archiveDataset=project.archive",
                "--tempLocation=gs://bucket/temp",
                "--deadLetterTopic=projects/project/topics/dead",
                "--batching=" + batching))
        .hasSizeGreaterThan(9)
        .doesNotHaveDuplicates();
  }

  /** All full names, {@code Outer/Inner}; laying the pipeline fails where one is not stable. */
  private static List<String> stepNames(String... archive) {
    return stepNames(UnaryOperator.identity(), archive);
  }

  private static List<String> stepNames(
      UnaryOperator<EventPipelineConfiguration> changed, String... archive) {
    Stream<String> required =
        Stream.of(
            "--inputSubscription=projects/project/subscriptions/events",
            "--jdbcUrl=jdbc:postgresql://db/tidegate",
            "--jdbcUsername=tidegate");
    EventPipelineOptions options =
        PipelineOptionsFactory.fromArgs(
                Stream.concat(required, Stream.of(archive)).toArray(String[]::new))
            .as(EventPipelineOptions.class);
    options.setStreaming(true);
    options.setStableUniqueNames(CheckEnabled.ERROR);
    Pipeline pipeline = Pipeline.create(options);
    EventPipeline.build(pipeline, changed.apply(EventPipelineConfiguration.of(options)));

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
