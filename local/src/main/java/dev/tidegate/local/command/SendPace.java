package dev.tidegate.local.command;

import java.util.concurrent.TimeUnit;

/** Spreads messages evenly over time. */
final class SendPace {
  private final double nanosBetween;
  private final long start = System.nanoTime();
  private long taken;

  /** At most {@code perSecond} a second; no limit where null. */
  SendPace(Double perSecond) {
    this.nanosBetween = perSecond == null ? 0 : TimeUnit.SECONDS.toNanos(1) / perSecond;
  }

  /** Waits until the next message is due. */
  void awaitTurn() throws InterruptedException {
    long due = start + (long) (nanosBetween * taken++);
    long left = due - System.nanoTime();
    if (left > 0) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }
}
