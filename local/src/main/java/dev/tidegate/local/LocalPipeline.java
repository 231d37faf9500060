package dev.tidegate.local;

import dev.tidegate.pipeline.ArchiveMethod;
import dev.tidegate.pipeline.EventPipeline;
import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.beam.runners.direct.DirectOptions;
import org.apache.beam.runners.direct.DirectRunner;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.FlinkRunner;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/** The event pipeline, run in this process. */
final class LocalPipeline implements AutoCloseable {
  /** As many as the cores of the machines it was measured on; it shares them with everything. */
  private static final int PARALLELISM = 2;

  /** State is on the heap: next to nothing needs any of it. */
  private static final String MANAGED_MEMORY = "16m";

  /**
   * Acknowledgements follow checkpoints, and so does what is read again after a kill. Each writes
   * the whole state anew.
   */
  private static final long CHECKPOINT_MILLIS = 3_000;

  /** A row waits half of this on average before its batch is written. */
  private static final long MAX_BUNDLE_MILLIS = 75;

  private static final long MAX_BUNDLE_SIZE = 5_000;

  /** Longer than all retries of a transaction together, so that an outage fails no checkpoint. */
  private static final long CHECKPOINT_TIMEOUT_MILLIS = 10 * 60_000L;

  private static final long RESTART_DELAY_MILLIS = 1_000;

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration STATE_POLL = Duration.ofMillis(20);

  private final LocalOptions.Runner runner;
  private final PipelineResult result;

  private LocalPipeline(LocalOptions.Runner runner, PipelineResult result) {
    this.runner = runner;
    this.result = result;
  }

  static LocalPipeline start(
      LocalOptions.Runner runner,
      RunningSystem system,
      String stampKey,
      int databaseConnections,
      Path flinkFolder)
      throws IOException {
    EventPipelineOptions options = PipelineOptionsFactory.create().as(EventPipelineOptions.class);
    options.setJobName("tidegate-events");
    options.setStreaming(true);
    options.setPubsubRootUrl("http://" + system.pubsubEndpoint());
    options.setCredentialFactoryClass(NoopCredentialFactory.class);
    options.setInputSubscription(
        "projects/%s/subscriptions/%s".formatted(system.project(), system.subscription()));
    options.setStampKey(stampKey);
    options.setArchiveMethod(ArchiveMethod.FILES);
    options.setArchiveFolder(system.archiveFolder());
    options.setJdbcUrl(system.jdbcUrl());
    options.setJdbcUsername(system.jdbcUsername());
    options.setJdbcPoolSize(databaseConnections);
    switch (runner) {
      case FLINK -> useFlink(options.as(FlinkPipelineOptions.class), flinkFolder);
      case DIRECT -> {
        options.setRunner(DirectRunner.class);
        options.as(DirectOptions.class).setBlockOnRun(false);
      }
    }
    Pipeline pipeline = Pipeline.create(options);
    EventPipeline.build(pipeline, EventPipelineConfiguration.of(options));
    FlinkCounters.reset();
    return new LocalPipeline(runner, pipeline.run());
  }

  static void useFlink(FlinkPipelineOptions options, Path folder) throws IOException {
    Path checkpoints = Files.createDirectories(folder.resolve("checkpoints"));
    options.setRunner(FlinkRunner.class);
    options.setFlinkMaster("[local]");
    options.setFlinkConfDir(FlinkConfiguration.writeTo(folder, MANAGED_MEMORY).toString());
    // Returns at once, and leaves the job running.
    options.setAttachedMode(false);
    options.setParallelism(PARALLELISM);
    options.setObjectReuse(true);
    options.setMaxBundleSize(MAX_BUNDLE_SIZE);
    options.setMaxBundleTimeMills(MAX_BUNDLE_MILLIS);
    // Otherwise what a bundle's end puts out, dead letters, would wait in state past a checkpoint.
    options.setFinishBundleBeforeCheckpointing(true);
    options.setCheckpointingInterval(CHECKPOINT_MILLIS);
    options.setCheckpointTimeoutMillis(CHECKPOINT_TIMEOUT_MILLIS);
    options.setStateBackend("filesystem");
    options.setStateBackendStoragePath(checkpoints.toUri().toString());
    // A bundle that failed is repeated for as long as it takes.
    options.setNumberOfExecutionRetries(Integer.MAX_VALUE);
    options.setExecutionRetryDelay(RESTART_DELAY_MILLIS);
    options.setAutoWatermarkInterval(200L);
  }

  /** Waits until the runner has taken the job on. */
  void awaitRunning() {
    Instant deadline = Instant.now().plus(START_TIMEOUT);
    while (state() != PipelineResult.State.RUNNING) {
      if (state().isTerminal() || Instant.now().isAfter(deadline)) {
        throw new LocalSystemException(
            "The pipeline did not start (%s). The log says why".formatted(state()));
      }
      LockSupport.parkNanos(STATE_POLL.toNanos());
    }
  }

  /** The job's state; {@code STOPPED} when the runner is gone and cannot tell any more. */
  PipelineResult.State state() {
    try {
      return result.getState();
    } catch (RuntimeException runnerIsGone) {
      return PipelineResult.State.STOPPED;
    }
  }

  /** The pipeline's counters by name, since it was started. */
  Map<String, Long> counters() {
    return runner == LocalOptions.Runner.FLINK ? FlinkCounters.values() : BeamCounters.of(result);
  }

  /**
   * Stops, and waits until nothing reads any more. What is in flight was not acknowledged: it is
   * delivered again to the next run.
   */
  @Override
  public void close() throws IOException {
    if (state().isTerminal()) {
      return;
    }
    result.cancel();
    Instant deadline = Instant.now().plus(STOP_TIMEOUT);
    while (!state().isTerminal() && Instant.now().isBefore(deadline)) {
      LockSupport.parkNanos(STATE_POLL.toNanos());
    }
  }
}
