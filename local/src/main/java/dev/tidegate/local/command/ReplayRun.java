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
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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
  private static final Map<UUID, Gate> GATES = new ConcurrentHashMap<>();

  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration REPORT = Duration.ofSeconds(1);

  /** The other core is the running system's. */
  private static final int PARALLELISM = 2;

  private static final String REPLAYED = "events_replayed";
  private static final String TOO_LARGE = "events_too_large";

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
   * How it ended.
   *
   * @param counters the pipeline's; where somebody cancelled it, those of what had been replayed
   */
  record Outcome(ReplayCommand.Status status, Map<String, Long> counters) {}

  /** Holds events up while others have paused the replay, and lets none through once it is over. */
  private static final class Gate {
    private ReplayCommand.Status status = ReplayCommand.Status.RUNNING;

    synchronized void set(ReplayCommand.Status now) {
      status = now;
      notifyAll();
    }

    synchronized ReplayCommand.Status status() {
      return status;
    }

    synchronized void pass() throws InterruptedException {
      while (status == ReplayCommand.Status.PAUSED) {
        wait();
      }
      if (status != ReplayCommand.Status.RUNNING) {
        throw new IllegalStateException("the replay is over");
      }
    }
  }

  /**
   * Runs to the end, or until somebody cancels it.
   *
   * @param replay by which others see and pause it
   * @param paused is told each time that somebody pauses it
   * @param folder the runner's configuration is written there
   * @throws CommandFailure where it fails
   */
  static Outcome run(
      ReplayPipelineOptions options,
      ReplayPipelineConfiguration configuration,
      CommandReplay replay,
      ProgressLine progress,
      Runnable paused,
      Path folder)
      throws IOException, InterruptedException {
    ExecutorService runner = Executors.newSingleThreadExecutor();
    UUID key = UUID.randomUUID();
    Gate gate = new Gate();
    GATES.put(key, gate);
    long before = FlinkBatch.counted(REPLAYED);
    long tooLargeBefore = FlinkBatch.counted(TOO_LARGE);
    try {
      FlinkBatch.use(options.as(FlinkPipelineOptions.class), folder, PARALLELISM);
      Pipeline pipeline = Pipeline.create(options);
      ReplayPipeline.build(pipeline, configuration, () -> GATES.get(key).pass());
      Future<PipelineResult> end = runner.submit(() -> pipeline.run());
      long reported = System.nanoTime();
      while (!hasEnded(end)) {
        long done = FlinkBatch.counted(REPLAYED) - before;
        progress.report(done);
        if (System.nanoTime() - reported >= REPORT.toNanos()) {
          reported = System.nanoTime();
          ReplayCommand.Status status =
              report(replay, done, FlinkBatch.counted(TOO_LARGE) - tooLargeBefore)
                  .orElse(gate.status());
          if (status == ReplayCommand.Status.PAUSED && gate.status() != status) {
            progress.clear();
            paused.run();
          }
          gate.set(status);
        }
      }
      Map<String, Long> counters = BeamCounters.of(end.get());
      replay.end(
          ReplayCommand.Status.COMPLETED,
          counters.getOrDefault(REPLAYED, 0L),
          counters.getOrDefault(TOO_LARGE, 0L),
          null);
      return new Outcome(ReplayCommand.Status.COMPLETED, counters);
    } catch (ExecutionException failure) {
      long done = FlinkBatch.counted(REPLAYED) - before;
      long tooLarge = FlinkBatch.counted(TOO_LARGE) - tooLargeBefore;
      if (gate.status() == ReplayCommand.Status.CANCELLED) {
        replay.end(ReplayCommand.Status.CANCELLED, done, tooLarge, null);
        return new Outcome(
            ReplayCommand.Status.CANCELLED, Map.of(REPLAYED, done, TOO_LARGE, tooLarge));
      }
      String reason = FailureReport.lineFor(rootOf(failure));
      replay.end(ReplayCommand.Status.FAILED, done, tooLarge, reason);
      throw new CommandFailure(
          "The replay stopped ("
              + reason
              + "). Start it again: what was replayed already does no harm",
          failure);
    } finally {
      // What still runs then, ends.
      gate.set(ReplayCommand.Status.FAILED);
      GATES.remove(key);
      runner.shutdownNow();
      progress.clear();
    }
  }

  /** Others see it again when the database is back: until then it goes on. */
  private static Optional<ReplayCommand.Status> report(
      CommandReplay replay, long done, long tooLarge) {
    try {
      return Optional.of(replay.report(done, tooLarge));
    } catch (SQLException away) {
      return Optional.empty();
    }
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
