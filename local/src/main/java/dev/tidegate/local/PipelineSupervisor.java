package dev.tidegate.local;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the pipeline. The runner itself repeats a bundle that failed, for as long as it takes. A
 * pipeline that has ended, because somebody cancelled it for instance, is started again a few times
 * in a row; then {@link #failure} says so.
 */
final class PipelineSupervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PipelineSupervisor.class);

  private static final Duration POLL = Duration.ofMillis(250);

  private static final int MOST_STARTS = 5;
  private static final Duration SHORTEST_WAIT = Duration.ofSeconds(1);

  /** A pipeline that has run for so long may end as often again. */
  private static final Duration LONG_RUN = Duration.ofMinutes(10);

  /** Events are processed when checkpoints complete, which they do every few seconds. */
  private static final Duration LONGEST_WITHOUT_CHECKPOINT = Duration.ofSeconds(30);

  /** One may have begun before a failure, and tell nothing of what comes after it. */
  private static final long CHECKPOINTS_OF_A_SOUND_PIPELINE = 2;

  /** Starts the pipeline. */
  interface Starter {
    LocalPipeline start() throws IOException;
  }

  private final Starter starter;
  private final Duration shortestWait;
  private final Runnable afterFailure;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile LocalPipeline pipeline;
  private volatile Optional<String> problem = Optional.empty();
  private volatile Optional<String> failure = Optional.empty();
  private volatile long restarts;
  private volatile boolean replacing;

  private Instant startedAt = Instant.now();
  private int startsInARow;
  private boolean startedAgain;
  private LocalPipeline.Phase phase = LocalPipeline.Phase.STARTING;
  private long checkpoints;
  private long checkpointsAtFailure;
  private Instant lastCheckpoint = Instant.now();

  private PipelineSupervisor(
      Starter starter, Runnable afterFailure, Duration shortestWait, LocalPipeline pipeline) {
    this.starter = starter;
    this.shortestWait = shortestWait;
    this.afterFailure = afterFailure;
    this.pipeline = pipeline;
    thread = new Thread(this::run, "pipeline-supervisor");
    thread.setDaemon(true);
  }

  /**
   * Starts the pipeline, and watches it.
   *
   * @param afterFailure called when a pipeline has failed or ended, before it reads again
   */
  static PipelineSupervisor start(Starter starter, Runnable afterFailure) throws IOException {
    return start(starter, afterFailure, SHORTEST_WAIT);
  }

  /**
   * @param shortestWait before a pipeline that has ended is started again; then twice as long, and
   *     so on
   */
  static PipelineSupervisor start(Starter starter, Runnable afterFailure, Duration shortestWait)
      throws IOException {
    PipelineSupervisor supervisor =
        new PipelineSupervisor(starter, afterFailure, shortestWait, starter.start());
    supervisor.thread.start();
    return supervisor;
  }

  /** Waits until the runner has taken the first pipeline on. */
  void awaitRunning() {
    pipeline.awaitRunning();
  }

  /**
   * Has the pipeline stopped and started anew, soon, because what it is to do has changed. What it
   * has not acknowledged is delivered again to the new one.
   */
  void replace() {
    replacing = true;
  }

  /** Why nothing is processed now; empty where events are. */
  Optional<String> problem() {
    return problem;
  }

  /** Why the pipeline is not started again; empty while it runs or is started again. */
  Optional<String> failure() {
    return failure;
  }

  /** The state as people are told: {@code RUNNING}, {@code RESTARTING} or {@code ENDED}. */
  String state() {
    return failure.isPresent() ? "ENDED" : problem.isPresent() ? "RESTARTING" : "RUNNING";
  }

  /** The pipeline's counters by name, since the system was started. */
  Map<String, Long> counters() {
    Map<String, Long> counters = new TreeMap<>(pipeline.counters());
    counters.put("pipeline_restarts", restarts);
    return counters;
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    Uninterruptibles.joinUninterruptibly(thread);
    pipeline.close();
  }

  private void run() {
    try {
      while (failure.isEmpty() && !closing.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          if (replacing) {
            startAnew();
          }
          look();
        } catch (IOException | RuntimeException failed) {
          LOG.warn("the pipeline could not be looked after just now", failed);
        }
      }
    } catch (InterruptedException nobodyDoes) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws InterruptedException {
    LocalPipeline.Phase before = phase;
    phase = pipeline.phase();
    switch (phase) {
      case ENDED -> startAgain();
      case STARTING -> {
        if (before == LocalPipeline.Phase.RUNNING) {
          failed("it failed, and starts again until it succeeds; the log says why");
        }
      }
      case RUNNING -> {
        if (before != LocalPipeline.Phase.RUNNING && (restarts > 0 || startedAgain)) {
          // A reader that was just being stopped may have taken something with it.
          afterFailure.run();
        }
        lookForCheckpoints();
      }
    }
  }

  private void failed(String what) {
    restarts++;
    checkpointsAtFailure = pipeline.checkpoints();
    problem = Optional.of(what);
    LOG.warn("the pipeline: {} (restart {})", what, restarts);
    afterFailure.run();
  }

  private void lookForCheckpoints() {
    if (!pipeline.hasCheckpoints()) {
      problem = Optional.empty();
      return;
    }
    long completed = pipeline.checkpoints();
    if (completed != checkpoints) {
      checkpoints = completed;
      lastCheckpoint = Instant.now();
      if (completed - checkpointsAtFailure >= CHECKPOINTS_OF_A_SOUND_PIPELINE) {
        problem = Optional.empty();
      }
    } else if (problem.isEmpty()
        && lastCheckpoint.plus(LONGEST_WITHOUT_CHECKPOINT).isBefore(Instant.now())) {
      checkpointsAtFailure = completed;
      problem =
          Optional.of(
              "no event has been finished for more than %d s: what it writes to may be away"
                  .formatted(LONGEST_WITHOUT_CHECKPOINT.toSeconds()));
    }
  }

  /** Starts a pipeline that has ended again, after a while, unless that was done too often. */
  private void startAgain() throws InterruptedException {
    String ended = pipeline.ending();
    if (startedAt.plus(LONG_RUN).isBefore(Instant.now())) {
      startsInARow = 0;
    }
    startsInARow++;
    if (startsInARow > MOST_STARTS) {
      String what = "it ended (%s) again after %d starts".formatted(ended, MOST_STARTS);
      problem = Optional.of(what);
      failure = problem;
      LOG.error("the pipeline: {}", what);
      return;
    }
    failed(
        "it ended (%s), and is started again (%d of %d)"
            .formatted(ended, startsInARow, MOST_STARTS));
    Duration wait = shortestWait.multipliedBy(1L << (startsInARow - 1));
    if (closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
      return;
    }
    try {
      start();
    } catch (IOException | RuntimeException cannotStart) {
      LOG.error("the pipeline cannot be started again", cannotStart);
    }
  }

  /** One that does not stop is tried again; one that does not start has ended, and is told so. */
  private void startAnew() throws IOException {
    pipeline.close();
    if (pipeline.phase() != LocalPipeline.Phase.ENDED) {
      return;
    }
    replacing = false;
    startsInARow = 0;
    afterFailure.run();
    start();
    LOG.info("the pipeline was started anew");
  }

  private void start() throws IOException {
    pipeline = starter.start();
    startedAgain = true;
    startedAt = Instant.now();
    phase = LocalPipeline.Phase.STARTING;
    checkpoints = 0;
    checkpointsAtFailure = 0;
    lastCheckpoint = startedAt;
  }
}
