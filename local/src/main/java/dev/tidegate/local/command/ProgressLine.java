package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A line on a terminal that tells how far a long work is; nothing elsewhere. */
final class ProgressLine {
  private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(250);

  private final PrintWriter err;
  private final boolean shown;
  private final String what;
  private final long start = System.nanoTime();
  private long lastShown = start;
  private boolean drawn;

  /**
   * @param shown whether {@code err} is a terminal
   * @param what is counted, as in {@code notifications accepted}
   */
  ProgressLine(PrintWriter err, boolean shown, String what) {
    this.err = err;
    this.shown = shown;
    this.what = what;
  }

  void report(long count) {
    long now = System.nanoTime();
    if (shown && now - lastShown >= INTERVAL) {
      lastShown = now;
      drawn = true;
      err.printf(Locale.ROOT, "\r%,d %s, %,.0f/s\u001b[K", count, what, count / secondsSoFar());
      err.flush();
    }
  }

  /** Takes the line away. */
  void clear() {
    if (drawn) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }

  double secondsSoFar() {
    return (System.nanoTime() - start) / 1e9;
  }
}
