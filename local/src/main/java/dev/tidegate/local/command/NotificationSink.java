package dev.tidegate.local.command;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** Where notifications are sent, and what became of them so far. */
abstract class NotificationSink implements AutoCloseable {
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicReference<String> firstReason = new AtomicReference<>();

  /** Hands {@code body} over; waits while too much is under way. */
  abstract void send(byte[] body) throws IOException;

  /** What a body may have, in bytes. */
  abstract int largestBody();

  /** Whether going on is pointless: nothing answers, or it lets nothing in. */
  abstract boolean isHopeless();

  /** Waits until there is an answer to everything. */
  abstract void finish() throws InterruptedException;

  /** Who refuses: for people. */
  abstract String name();

  @Override
  public abstract void close();

  /** Counts a notification that was accepted. */
  final void accept() {
    accepted.incrementAndGet();
  }

  /** Counts a notification that was refused, or cannot be sent. */
  final void refuse(String reason) {
    firstReason.compareAndSet(null, reason);
    refused.incrementAndGet();
  }

  final long accepted() {
    return accepted.get();
  }

  final long refused() {
    return refused.get();
  }

  /** Why the first refused notification was. */
  final Optional<String> firstReason() {
    return Optional.ofNullable(firstReason.get());
  }
}
