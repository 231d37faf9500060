package dev.tidegate.transforms.convergence;

import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A notification's {@code created_at}: few times, in several spellings, so that many notifications
 * share one; and all that is absurd. {@link ConvergenceCheck#RECEIVED} is noon of the same day as
 * {@code T1}.
 */
enum CreatedAt {
  T1("2026-05-01T08:00:00Z"),
  T1_ELSEWHERE("2026-05-01T01:00:00-07:00"),
  T1_OLD_SPELLING("2026-05-01 08:00:00 UTC"),
  T1_NANOSECOND_LATER("2026-05-01T08:00:00.000000001Z"),
  T1_MICROSECOND_LATER("2026-05-01T08:00:00.000001Z"),
  T2("2026-05-01T08:00:01Z"),
  T3("2026-05-01T09:00:00Z"),
  /** Ahead of its receipt, by no more than clocks may be. */
  NEXT_MORNING("2026-05-02T08:00:00Z"),
  MISSING(null),
  NULL(null),
  YEAR_1("0001-01-01T00:00:00Z"),
  YEAR_1970("1970-01-01T00:00:00Z"),
  DAY_AFTER_TOMORROW("2026-05-03T00:00:00Z"),
  YEAR_9998("9998-12-31T23:59:59Z"),
  YEAR_0("0000-12-31T23:59:59Z"),
  YEAR_10000("+10000-01-01T00:00:00Z"),
  WITHOUT_OFFSET("2026-05-01T08:00:00"),
  UNREADABLE("yesterday");

  private final @Nullable String text;

  CreatedAt(@Nullable String text) {
    this.text = text;
  }

  /** As the notification spells it; null where it does not. */
  @Nullable String text() {
    return text;
  }
}
