package dev.tidegate.pipeline;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** Times as a replay is told them. */
public final class ReplayTime {
  /** What {@link #parse} takes, for people. */
  public static final String RULE =
      "a day (2026-01-31, from its begin in UTC) or a time with its offset (2026-01-31T10:00:00Z)";

  private ReplayTime() {}

  /** The time that {@code text} names; empty where it names none. */
  public static Optional<Instant> parse(String text) {
    try {
      return Optional.of(
          text.length() == "2026-01-31".length()
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException notATime) {
      return Optional.empty();
    }
  }
}
