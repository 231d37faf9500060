package dev.tidegate.pipeline.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * One thing that must hold before a job starts. Checks are independent of each other.
 *
 * @param option the option whose value is checked, with its dashes
 * @param asking finds everything that does not hold, a line each, saying what to change; throws
 *     where it cannot find out
 */
public record LaunchCheck(String option, Callable<List<String>> asking) {
  private static final String SKIPPING =
      "; --launchChecks=false launches without asking, if only the launcher cannot find out";

  /**
   * All mistakes that {@code checks} find, in the checks' order. They run side by side, and none
   * longer than {@code patience}.
   */
  static List<String> mistakesOf(List<LaunchCheck> checks, Duration patience) {
    ExecutorService threads =
        Executors.newCachedThreadPool(
            work -> {
              Thread thread = new Thread(work, "launch-check");
              // A check that hangs must not keep the launcher.
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<List<String>>> ended =
          threads.invokeAll(
              checks.stream().map(LaunchCheck::asking).toList(),
              patience.toMillis(),
              TimeUnit.MILLISECONDS);
      List<String> mistakes = new ArrayList<>();
      for (int i = 0; i < checks.size(); i++) {
        mistakes.addAll(resultOf(ended.get(i), checks.get(i).option, patience));
      }
      return mistakes;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return List.of("the launch was interrupted");
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<String> resultOf(Future<List<String>> check, String option, Duration patience)
      throws InterruptedException {
    try {
      return check.get();
    } catch (CancellationException hangs) {
      return List.of(
          option + " could not be checked within " + patience.toSeconds() + " s" + SKIPPING);
    } catch (ExecutionException failed) {
      // The first line of a long answer tells enough.
      String reason = failed.getCause().toString().lines().findFirst().orElse("");
      return List.of(option + " could not be checked: " + reason + SKIPPING);
    }
  }
}
