package dev.tidegate.local.command;

import dev.tidegate.local.BeamCounters;
import dev.tidegate.local.FlinkBatch;
import dev.tidegate.local.RunningSystem;
import dev.tidegate.local.SourceTables;
import dev.tidegate.pipeline.ReplayPipeline;
import dev.tidegate.pipeline.ReplayPipelineConfiguration;
import dev.tidegate.pipeline.ReplayPipelineOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/** A replay in this process, against a running system. */
final class ReplayRun {
  /** By the replays' IDs: a pipeline is serialized even within one process. */
  private static final Map<String, String> PREVIEWS = new ConcurrentHashMap<>();

  private static final Duration POLL = Duration.ofMillis(250);

  /** The other core is the running system's. */
  private static final int PARALLELISM = 2;

  private ReplayRun() {}

  /** Options that lead to {@code system}; what is replayed is left to be said. */
  static ReplayPipelineOptions optionsFor(RunningSystem system) {
    ReplayPipelineOptions options = PipelineOptionsFactory.create().as(ReplayPipelineOptions.class);
    options.setJobName("tidegate-replay");
    options.setPubsubRootUrl("http://" + system.pubsubEndpoint());
    options.setCredentialFactoryClass(NoopCredentialFactory.class);
    options.setOutputTopic("projects/%s/topics/%s".formatted(system.project(), system.topic()));
    options.setSources(String.join(",", SourceTables.present(system.sources())));
    options.setArchiveFolder(system.archiveFolder());
    options.setJdbcUrl(system.jdbcUrl());
    options.setJdbcUsername(system.jdbcUsername());
    options.setJdbcPoolSize(PARALLELISM);
    return options;
  }

  /**
   * Runs to the end.
   *
   * @param folder the runner's configuration is written there
   * @return the pipeline's counters
   * @throws CommandFailure where it fails
   */
  static Map<String, Long> run(
      ReplayPipelineOptions options,
      ReplayPipelineConfiguration configuration,
      ProgressLine progress,
      Path folder)
      throws IOException, InterruptedException {
    ExecutorService runner = Executors.newSingleThreadExecutor();
    try {
      FlinkBatch.use(options.as(FlinkPipelineOptions.class), folder, PARALLELISM);
      Pipeline pipeline = Pipeline.create(options);
      String id = configuration.replayId();
      ReplayPipeline.build(pipeline, configuration, text -> PREVIEWS.put(id, text));
      Future<PipelineResult> end = runner.submit(() -> pipeline.run());
      while (!hasEnded(end)) {
        progress.report(FlinkBatch.counted("events_replayed"));
      }
      return BeamCounters.of(end.get());
    } catch (ExecutionException failure) {
      throw new CommandFailure(
          "The replay stopped ("
              + FailureReport.lineFor(rootOf(failure))
              + "). Start it again: what was replayed already does no harm",
          failure);
    } finally {
      runner.shutdownNow();
      progress.clear();
    }
  }

  /** What the dry run {@code replayId} found, once. */
  static String takePreview(String replayId) {
    return PREVIEWS.remove(replayId);
  }

  private static boolean hasEnded(Future<?> end) throws InterruptedException, ExecutionException {
    try {
      end.get(POLL.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException running) {
      return false;
    }
  }

  private static Throwable rootOf(Throwable failure) {
    return failure.getCause() == null ? failure : rootOf(failure.getCause());
  }
}
