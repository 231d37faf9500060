package dev.tidegate.local.command;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** A line on a terminal that tells how far a long sending is; nothing elsewhere. */
final class SendProgress {
  private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(250);

  private final PrintWriter err;
  private final boolean shown;
  private final long start = System.nanoTime();
  private long lastShown = start;
  private boolean drawn;

  SendProgress(PrintWriter err, boolean shown) {
    this.err = err;
    this.shown = shown;
  }

  void report(long accepted) {
    long now = System.nanoTime();
    if (shown && now - lastShown >= INTERVAL) {
      lastShown = now;
      drawn = true;
      err.printf(
          Locale.ROOT,
          "\r%,d notifications accepted, %,.0f/s\u001b[K",
          accepted,
          accepted / secondsSoFar());
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
