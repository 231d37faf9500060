package dev.tidegate.local.command;

import java.io.IOException;
import java.util.Optional;

/** Where notifications are sent, and what became of them so far. */
interface NotificationSink extends AutoCloseable {
  /** Hands {@code body} over; waits while too much is under way. */
  void send(byte[] body) throws IOException;

  /** Counts a notification that cannot be sent. */
  void refuse(String reason);

  /** What a body may have, in bytes. */
  int largestBody();

  /** Whether going on is pointless: nothing answers, or it lets nothing in. */
  boolean isHopeless();

  /** Waits until there is an answer to everything. */
  void finish() throws InterruptedException;

  long accepted();

  long refused();

  /** Why the first refused notification was. */
  Optional<String> firstReason();

  /** Who refuses: for people. */
  String name();

  @Override
  void close();
}
