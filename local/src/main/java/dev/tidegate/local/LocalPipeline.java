package dev.tidegate.local;

import dev.tidegate.pipeline.ArchiveOptions;
import dev.tidegate.pipeline.EventPipeline;
import dev.tidegate.pipeline.EventPipelineConfiguration;
import dev.tidegate.pipeline.EventPipelineOptions;
import dev.tidegate.transforms.Batching;
import dev.tidegate.transforms.ReadEvents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.beam.runners.direct.DirectOptions;
import org.apache.beam.runners.direct.DirectRunner;
import org.apache.beam.runners.flink.FlinkPipelineOptions;
import org.apache.beam.runners.flink.FlinkRunner;
import org.apache.beam.sdk.Pipeline;
import org.apache.beam.sdk.PipelineResult;
import org.apache.beam.sdk.extensions.gcp.auth.NoopCredentialFactory;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.util.ExceptionUtils;

/** The event pipeline, run in this process. */
final class LocalPipeline implements AutoCloseable {
  /** State is on the heap: next to nothing needs any of it. */
  private static final String MANAGED_MEMORY = "16m";

  /**
   * Acknowledgements follow checkpoints, and so does what is read again after a kill. Each writes
   * the whole state anew.
   */
  private static final long CHECKPOINT_MILLIS = 3_000;

  /**
   * Rows are written while their bundle goes on, so this delays only dead letters and outcomes.
   * Every step looks twice in this time whether its bundle is to end, also if nothing happens: with
   * 75 ms, that alone was a tenth of a core.
   */
  private static final long MAX_BUNDLE_MILLIS = 1_000;

  /** Nothing waits for a watermark, and each wakes every step. */
  private static final long WATERMARK_MILLIS = 1_000;

  private static final long MAX_BUNDLE_SIZE = 5_000;

  /** Longer than all retries of a transaction together, so that an outage fails no checkpoint. */
  private static final long CHECKPOINT_TIMEOUT_MILLIS = 10 * 60_000L;

  private static final Duration START_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration END_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration STATE_POLL = Duration.ofMillis(20);

  private static final Duration STATUS_TIMEOUT = Duration.ofSeconds(10);

  /** Where a pipeline is in its life. */
  enum Phase {
    /** The runner takes it on, for the first time or again after a failure. */
    STARTING,
    RUNNING,
    /** It does nothing any more. */
    ENDED
  }

  private final PipelineResult result;

  /** The job as Flink sees it; empty with another runner. */
  private final Optional<JobClient> job;

  /** How the job ended. Asked for at once: Flink does not tell any more when it is gone. */
  private final Optional<CompletableFuture<JobExecutionResult>> end;

  private LocalPipeline(PipelineResult result, Optional<JobClient> job) {
    this.result = result;
    this.job = job;
    this.end = job.map(JobClient::getJobExecutionResult);
  }

  /** What the pipeline of a local system is to do, whatever runs it. */
  static EventPipelineOptions options(
      RunningSystem system, String stampKey, int databaseConnections, List<String> sources) {
    EventPipelineOptions options = PipelineOptionsFactory.create().as(EventPipelineOptions.class);
    options.setJobName("tidegate-events");
    options.setStreaming(true);
    options.setPubsubRootUrl("http://" + system.pubsubEndpoint());
    options.setCredentialFactoryClass(NoopCredentialFactory.class);
    options.setInputSubscription(
        "projects/%s/subscriptions/%s".formatted(system.project(), system.subscription()));
    options.setStampKey(stampKey);
    options.setSources(String.join(",", sources));
    options.setArchiveMethod(ArchiveOptions.Method.FILES);
    options.setArchiveFolder(system.archiveFolder());
    options.setJdbcUrl(system.jdbcUrl());
    options.setJdbcUsername(system.jdbcUsername());
    options.setJdbcPoolSize(databaseConnections);
    // Said here, since their defaults follow the runner, which is chosen later.
    options.setBatching(Batching.Mode.BUNDLES);
    options.setPubsubTransport(ReadEvents.Transport.GRPC);
    return options;
  }

  /**
   * Starts it.
   *
   * @param configuration what {@code options} were parsed into
   * @param parallelism how many instances of each step embedded Flink runs at once
   */
  static LocalPipeline start(
      EventPipelineOptions options,
      EventPipelineConfiguration configuration,
      LocalOptions.Runner runner,
      int parallelism,
      Path flinkFolder)
      throws IOException {
    switch (runner) {
      case FLINK -> useFlink(options.as(FlinkPipelineOptions.class), flinkFolder, parallelism);
      case DIRECT -> {
        options.setRunner(DirectRunner.class);
        options.as(DirectOptions.class).setBlockOnRun(false);
      }
    }
    Pipeline pipeline = Pipeline.create(options);
    EventPipeline.build(pipeline, configuration);
    PipelineResult result = pipeline.run();
    return new LocalPipeline(result, FlinkJobListener.takeSubmitted());
  }

  /** Makes {@code options} those of embedded Flink, for a pipeline without an end. */
  static void useFlink(FlinkPipelineOptions options, Path folder, int parallelism)
      throws IOException {
    Path checkpoints = Files.createDirectories(folder.resolve("checkpoints"));
    options.setRunner(FlinkRunner.class);
    options.setFlinkMaster("[local]");
    options.setFlinkConfDir(
        FlinkConfiguration.writeForStreamingTo(folder, MANAGED_MEMORY, parallelism).toString());
    // Returns at once, and leaves the job running.
    options.setAttachedMode(false);
    options.setParallelism(parallelism);
    options.setObjectReuse(true);
    options.setMaxBundleSize(MAX_BUNDLE_SIZE);
    options.setMaxBundleTimeMills(MAX_BUNDLE_MILLIS);
    // Otherwise what a bundle's end puts out, dead letters, would wait in state past a checkpoint.
    options.setFinishBundleBeforeCheckpointing(true);
    options.setCheckpointingInterval(CHECKPOINT_MILLIS);
    options.setCheckpointTimeoutMillis(CHECKPOINT_TIMEOUT_MILLIS);
    options.setStateBackend("filesystem");
    options.setStateBackendStoragePath(checkpoints.toUri().toString());
    options.setAutoWatermarkInterval(WATERMARK_MILLIS);
  }

  /** Waits until the runner has taken the job on. */
  void awaitRunning() {
    Instant deadline = Instant.now().plus(START_TIMEOUT);
    for (Phase phase = phase(); phase != Phase.RUNNING; phase = phase()) {
      if (phase == Phase.ENDED || Instant.now().isAfter(deadline)) {
        throw new LocalSystemException(
            "The pipeline did not start (%s). The log says why"
                .formatted(phase == Phase.ENDED ? ending() : "too slow"));
      }
      LockSupport.parkNanos(STATE_POLL.toNanos());
    }
  }

  /** Where it is, as the runner itself tells. */
  Phase phase() {
    if (job.isEmpty()) {
      return result.getState().isTerminal() ? Phase.ENDED : Phase.RUNNING;
    }
    try {
      JobStatus status = job.get().getJobStatus().get(STATUS_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
      if (status.isTerminalState()) {
        return Phase.ENDED;
      }
      // One that is being cancelled has ended soon.
      return status == JobStatus.RUNNING || status == JobStatus.CANCELLING
          ? Phase.RUNNING
          : Phase.STARTING;
    } catch (ExecutionException | RuntimeException flinkIsGone) {
      return Phase.ENDED;
    } catch (TimeoutException busy) {
      return Phase.STARTING;
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      return Phase.STARTING;
    }
  }

  /** How a pipeline has ended, in a word. */
  String ending() {
    if (end.isEmpty()) {
      return result.getState().name();
    }
    return end.get()
        .handle(
            (nothing, failure) -> {
              if (failure == null) {
                return "finished";
              }
              return ExceptionUtils.findThrowable(failure, JobCancellationException.class)
                      .isPresent()
                  ? "cancelled"
                  : "failed";
            })
        .completeOnTimeout("Flink is gone", END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .join();
  }

  /** Whether the runner writes checkpoints, which tell that events are finished. */
  boolean hasCheckpoints() {
    return job.isPresent();
  }

  /** How many checkpoints it has completed. */
  long checkpoints() {
    return FlinkCounters.checkpoints();
  }

  /** The pipeline's counters by name, since it was started. */
  Map<String, Long> counters() {
    return job.isPresent() ? FlinkCounters.values() : BeamCounters.of(result);
  }

  /**
   * Stops, and waits until nothing reads any more. What is in flight was not acknowledged: it is
   * delivered again to the next run.
   */
  @Override
  public void close() throws IOException {
    if (phase() == Phase.ENDED) {
      return;
    }
    try {
      result.cancel();
    } catch (RuntimeException failure) {
      // It may have ended by itself just now.
      if (phase() != Phase.ENDED) {
        throw failure;
      }
    }
    Instant deadline = Instant.now().plus(STOP_TIMEOUT);
    while (phase() != Phase.ENDED && Instant.now().isBefore(deadline)) {
      LockSupport.parkNanos(STATE_POLL.toNanos());
    }
  }
}
