package dev.tidegate.testing;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** The size of this JVM's {@link Proof proofs}, and how many events they have met. */
public final class ProofSize {
  /** {@code long} makes proofs long. */
  static final String PROPERTY = "tidegate.proof";

  private static final boolean LONG = "long".equals(System.getProperty(PROPERTY));
  private static final AtomicLong EVENTS = new AtomicLong();

  private ProofSize() {}

  /** The number for a short proof, or that for a long one. */
  public static int of(int inShort, int inLong) {
    return LONG ? inLong : inShort;
  }

  /** The time for a short proof, or that for a long one. */
  public static Duration of(Duration inShort, Duration inLong) {
    return LONG ? inLong : inShort;
  }

  /** Counts events, requests or cases for the table that {@code scripts/prove} prints. */
  public static void count(long events) {
    EVENTS.addAndGet(events);
  }

  /** What was counted since the last call. */
  static long takeCount() {
    return EVENTS.getAndSet(0);
  }
}
