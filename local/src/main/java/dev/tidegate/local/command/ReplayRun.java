package dev.tidegate.local.command;

import dev.tidegate.local.BeamCounters;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import java.util.Map;
import org.apache.beam.runners.direct.DirectOptions;
import org.apache.beam.runners.direct.DirectRunner;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.joda.time.Duration;

/** A replay in this process, against a running system. */
final class ReplayRun {
  private static final Duration POLL = Duration.millis(250);

  /** The other core is the running system's. */
  private static final int PARALLELISM = 2;

  private ReplayRun() {}

  /** Options that lead to {@code system}; what is replayed is left to be said. */
  static ReplayPipelineOptions optionsFor(RunningSystem system) {
    ReplayPipelineOptions options = PipelineOptionsFactory.create().as(ReplayPipelineOptions.class);
    options.setJobName("tidegate-replay");
    options.setRunner(DirectRunner.class);
    DirectOptions direct = options.as(DirectOptions.class);
    direct.setBlockOnRun(false);
    direct.setTargetParallelism(PARALLELISM);
    // A check for tests, that copies every event several times.
    direct.setEnforceImmutability(false);
    options.setPubsubRootUrl("http://" + system.pubsubEndpoint());
    options.setCredentialFactoryClass(NoopCredentialFactory.class);
    options.setOutputTopic("projects/%s/topics/%s".formatted(system.project(), system.topic()));
    options.setArchiveFolder(system.archiveFolder());
    options.setJdbcUrl(system.jdbcUrl());
    options.setJdbcUsername(system.jdbcUsername());
    options.setJdbcPoolSize(PARALLELISM);
    return options;
  }

  /**
   * Runs to the end.
   *
   * @return the pipeline's counters
   * @throws CommandFailure where it fails
   */
  static Map<String, Long> run(
      ReplayPipelineOptions options,
      ReplayPipelineConfiguration configuration,
      ReplayPreviews previews,
      ProgressLine progress) {
    Pipeline pipeline = Pipeline.create(options);
    ReplayPipeline.build(pipeline, configuration, previews);
    try {
      PipelineResult result = pipeline.run();
      PipelineResult.State state = null;
      while (state == null || !state.isTerminal()) {
        state = result.waitUntilFinish(POLL);
        progress.report(BeamCounters.of(result).getOrDefault("events_replayed", 0L));
      }
      return BeamCounters.of(result);
    } catch (RuntimeException failure) {
      throw new CommandFailure(
          "The replay stopped ("
              + FailureReport.lineFor(rootOf(failure))
              + "). Start it again: what was replayed already does no harm",
          failure);
    } finally {
      progress.clear();
    }
  }

  private static Throwable rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
