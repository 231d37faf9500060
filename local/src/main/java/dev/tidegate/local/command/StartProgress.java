package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What a system does while it starts: a line for each step, with the seconds since the beginning. A
 * step that takes long is told again and again, so that nobody thinks that it hangs. After the
 * start it prints lines as they are.
 */
final class StartProgress implements Consumer<String>, AutoCloseable {
  private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);

  private final PrintWriter out;
  private final long silenceNanos;
  private final long start = System.nanoTime();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "start-progress");
            thread.setDaemon(true);
            return thread;
          });
  private String step = "Tidegate starts …";
  private long lastLine = start;
  private boolean started;

  private StartProgress(PrintWriter out, Duration longestSilence) {
    this.out = out;
    this.silenceNanos = longestSilence.toNanos();
  }

  static StartProgress to(PrintWriter out) {
    return to(out, LONGEST_SILENCE);
  }

  static StartProgress to(PrintWriter out, Duration longestSilence) {
    StartProgress progress = new StartProgress(out, longestSilence);
    long look = longestSilence.toMillis() / 5;
    progress.clock.scheduleWithFixedDelay(
        progress::breakSilence, look, look, TimeUnit.MILLISECONDS);
    return progress;
  }

  @Override
  public synchronized void accept(String line) {
    String shown = DisplayText.escaped(line);
    if (started) {
      out.println(shown);
      return;
    }
    step = shown;
    print(shown);
  }

  private synchronized void breakSilence() {
    if (!started && System.nanoTime() - lastLine >= silenceNanos) {
      print("still: " + step);
    }
  }

  private void print(String line) {
    lastLine = System.nanoTime();
    out.println(String.format(Locale.ROOT, "%6.1f s  %s", (lastLine - start) / 1e9, line));
  }

  /** The start is over. */
  @Override
  public synchronized void close() {
    started = true;
    clock.shutdownNow();
  }
}
