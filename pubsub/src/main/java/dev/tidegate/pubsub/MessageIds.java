package dev.tidegate.pubsub;

import com.google.protobuf.Timestamp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Hands out message ids: the microsecond of publishing, or one more than the last id, whichever is
 * greater.
 *
 * <p>So ids rise, look like the service's, never repeat across restarts (the last one is stored)
 * nor across data folders (runners drop message ids they have seen before, and would take a fresh
 * folder's messages for repeats if counting began at one), and tell the publish time without the
 * message being read. Should the machine's clock be set back, publish times stand still until it
 * has caught up. Not thread-safe: the writer alone asks.
 */
final class MessageIds {
  private final InstantSource clock;
  private long last;

  MessageIds(InstantSource clock, long last) {
    this.clock = clock;
    this.last = last;
  }

  long next() {
    Instant now = clock.instant();
    long micros =
        TimeUnit.SECONDS.toMicros(now.getEpochSecond())
            + TimeUnit.NANOSECONDS.toMicros(now.getNano());
    last = Math.max(last + 1, micros);
    return last;
  }

  long last() {
    return last;
  }

  /** The first id that a message published at {@code time} may have. */
  static long firstAt(Instant time) {
    return Math.addExact(
        TimeUnit.SECONDS.toMicros(time.getEpochSecond()), (time.getNano() + 999L) / 1_000);
  }

  static Instant publishTime(long id) {
    long seconds = TimeUnit.MICROSECONDS.toSeconds(id);
    return Instant.ofEpochSecond(
        seconds, TimeUnit.MICROSECONDS.toNanos(id - TimeUnit.SECONDS.toMicros(seconds)));
  }

  static Timestamp publishTimestamp(long id) {
    Instant time = publishTime(id);
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }
}
