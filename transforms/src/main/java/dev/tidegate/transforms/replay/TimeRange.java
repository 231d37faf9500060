package dev.tidegate.transforms.replay;

import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A span of time.
 *
 * @param from its first instant; null for no bound
 * @param to the first instant after it; null for no bound
 */
public record TimeRange(@Nullable Instant from, @Nullable Instant to) implements Serializable {
  /** All times. */
  public static final TimeRange ALWAYS = new TimeRange(null, null);

  public boolean contains(Instant time) {
    return (from == null || !time.isBefore(from)) && (to == null || time.isBefore(to));
  }

  /** Whether any instant of {@code day}, in UTC, lies within. */
  boolean touches(LocalDate day) {
    Instant start = day.atStartOfDay(ZoneOffset.UTC).toInstant();
    Instant end = day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
    return (from == null || from.isBefore(end)) && (to == null || to.isAfter(start));
  }
}
