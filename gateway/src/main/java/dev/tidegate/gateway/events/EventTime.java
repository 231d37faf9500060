package dev.tidegate.gateway.events;

import dev.tidegate.schemas.Microseconds;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/** When an event happened, by its sender: what the pipeline orders versions by. */
final class EventTime {
  /** The attribute that the pipeline reads the time of an application event from. */
  static final String ATTRIBUTE = "ce-time";

  /** What it must be: to stand after "must be". */
  static final String RULE =
      "a time with an offset (RFC 3339), in years 1 to 9999, at most a day ahead";

  /** A later time freezes what the event tells of: the pipeline refuses it for good. */
  private static final Duration MAX_CLOCK_LEAD = Duration.ofDays(1);

  private EventTime() {}

  /** Whether {@code text} keeps to {@link #RULE}. */
  static boolean isTime(String text, Instant now) {
    try {
      Instant time = OffsetDateTime.parse(text).toInstant();
      return Microseconds.isStorable(time) && !time.isAfter(now.plus(MAX_CLOCK_LEAD));
    } catch (DateTimeException notATime) {
      return false;
    }
  }
}
