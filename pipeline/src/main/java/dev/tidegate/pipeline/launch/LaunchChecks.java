package dev.tidegate.pipeline.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs checks side by side, each for so long and no longer. */
final class LaunchChecks {
  /** Longer than a check's own timeouts together, all but the most unlucky. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final String SKIPPING =
      "; --launchChecks=false launches without asking, if only the launcher cannot find out";

  private LaunchChecks() {}

  /** All mistakes that {@code checks} find, in the checks' order. */
  static List<String> mistakes(List<LaunchCheck> checks, Duration patience)
      throws InterruptedException {
    ExecutorService threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "launch-check");
              // One that hangs must not keep the launcher.
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<List<String>>> running = new ArrayList<>();
      for (LaunchCheck check : checks) {
        running.add(threads.submit(check::mistakes));
      }
      long deadline = System.nanoTime() + patience.toNanos();
      List<String> mistakes = new ArrayList<>();
      for (int i = 0; i < checks.size(); i++) {
        mistakes.addAll(resultOf(running.get(i), checks.get(i).option(), deadline, patience));
      }
      return mistakes;
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<String> resultOf(
      Future<List<String>> check, String option, long deadline, Duration patience)
      throws InterruptedException {
    try {
      return check.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException hangs) {
      return List.of(
          option + " could not be checked within " + patience.toSeconds() + " s" + SKIPPING);
    } catch (ExecutionException failed) {
      // Of an answer over many lines the first one tells.
      String reason = failed.getCause().toString().lines().findFirst().orElse("");
      return List.of(option + " could not be checked: " + reason + SKIPPING);
    }
  }
}
