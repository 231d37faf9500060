package dev.tidegate.schemas;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Times as whole microseconds since the epoch: the finest step PostgreSQL and BigQuery keep, so
 * that a time compares alike in Java, in SQL and in the archive.
 */
public final class Microseconds {
  /** 0001-01-01T00:00:00Z: earlier times are not accepted, they would not sort as text. */
  public static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  /** 9999-12-31T23:59:59.999999Z: the latest time BigQuery's TIMESTAMP holds. */
  public static final Instant LATEST = Instant.parse("9999-12-31T23:59:59.999999Z");

  private Microseconds() {}

  /** Whole microseconds since the epoch; finer parts are cut off. */
  public static long of(Instant time) {
    return Math.addExact(
        Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1_000);
  }

  public static Instant toInstant(long microseconds) {
    return Instant.EPOCH.plus(microseconds, ChronoUnit.MICROS);
  }

  /** Whether {@code time} lies within {@link #EARLIEST} and {@link #LATEST}. */
  public static boolean isStorable(Instant time) {
    return !time.isBefore(EARLIEST) && !time.isAfter(LATEST);
  }
}
