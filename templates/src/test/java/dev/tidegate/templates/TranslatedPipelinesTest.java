package dev.tidegate.templates;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.coders.SerializableCoder;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What Dataflow will be told of the pipelines. A running job is updated only where the new one has
 * steps of the same names, with the same coders and state: so none of them changes unseen.
 */
class TranslatedPipelinesTest {
  private static final String FOLDER = "templates/src/test/resources/dev/tidegate/templates/steps/";

  private static final String STREAMING_MEANING =
      """
      The steps, coders or state of the streaming job changed. What that means for a job that runs:
      - a step has another name: its state is kept only if the update says so, scripts/update \
      --rename OLD=NEW, and what is on its way to it is lost otherwise;
      - a step with STATE is gone, or keeps something else, or a coder before it changed: Dataflow \
      refuses the update; drain the job (scripts/drain --wait) and launch it anew;
      - a step without state came or went: an update will do.
      Say which of them in the change's description.\
      """;

  private static final String REPLAY_MEANING =
      "The steps of a replay changed. Replays end, and are never updated: look at it, and commit it.";

  @ParameterizedTest
  @EnumSource
  void areAsCommitted(TranslatedPipeline pipeline) throws IOException {
    CommittedFile.isUpToDate(
        FOLDER + pipeline.file(),
        StepList.text(pipeline.translation()),
        pipeline == TranslatedPipeline.STREAMING ? STREAMING_MEANING : REPLAY_MEANING,
        TranslatedPipelinesTest.class);
  }

  @ParameterizedTest
  @EnumSource
  void giveEachStepAName(TranslatedPipeline pipeline) {
    assertThat(StepList.names(pipeline.translation()))
        .isNotEmpty()
        .doesNotHaveDuplicates()
        .allSatisfy(name -> assertThat(name).isNotBlank());
  }

  @Test
  void theStreamingJobRunsOnStreamingEngine() {
    assertThat(TranslatedPipeline.STREAMING.translation().job().at("/environment/experiments"))
        .anySatisfy(experiment -> assertThat(experiment.asText()).contains("streaming_engine"));
    assertThat(TranslatedPipeline.STREAMING.translation().job().path("type").asText())
        .isEqualTo("JOB_TYPE_STREAMING");
  }

  /** Among them the pipeline's own: a test that found no state would prove nothing. */
  @Test
  void theStreamingJobsStateIsKnown() {
    Map<String, List<StepState>> states = states(TranslatedPipeline.STREAMING);

    assertThat(states.keySet())
        .containsExactlyInAnyOrder(
            "Deduplicate/DropRepeats",
            "CollectBatches/Group/GroupIntoBatches/ParDo(GroupIntoBatches)");
  }

  @TestFactory
  Stream<DynamicTest> stateIsFoundAgainByAnotherVersion() {
    return states(TranslatedPipeline.STREAMING).values().stream()
        .flatMap(List::stream)
        .map(
            state ->
                DynamicTest.dynamicTest(
                    state.step() + " " + state.name(), () -> isExplicit(state)));
  }

  /** No data goes between steps, or into state, as Java writes its objects. */
  @ParameterizedTest
  @EnumSource
  void noDataIsInJavasSerialization(TranslatedPipeline pipeline) {
    assertThat(StepList.outputs(pipeline.translation()))
        .isNotEmpty()
        .noneMatch(coders -> coders.contains(SerializableCoder.class.getSimpleName()));
  }

  private static void isExplicit(StepState state) throws Coder.NonDeterministicException {
    state.key().verifyDeterministic();
    if (state.isCounterOfGroupIntoBatches()) {
      return;
    }
    for (Coder<?> coder : state.coders()) {
      assertThat(Coders.flat(coder))
          .as("coders of %s", state)
          .noneMatch(SerializableCoder.class::isInstance)
          .allMatch(
              part ->
                  part.getClass().getName().matches("(dev[.]tidegate|org[.]apache[.]beam)[.].*"));
      coder.verifyDeterministic();
    }
  }

  private static Map<String, List<StepState>> states(TranslatedPipeline pipeline) {
    return StepState.of(pipeline.translation().pipeline());
  }
}
