package dev.tidegate.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Checks options, and collects all that is wrong with them for one message. */
final class OptionMistakes {
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})(ms|[smhd])");

  private final List<String> mistakes = new ArrayList<>();

  /** Notes {@code mistake} unless {@code holds}. */
  void check(boolean holds, String mistake) {
    if (!holds) {
      mistakes.add(mistake);
    }
  }

  /** The duration that an option gives; a mistake, and zero, where it is none. */
  Duration duration(String option, @Nullable String text, String example) {
    Duration duration = durationOf(text);
    check(
        duration != null,
        "%s must be a whole number and ms, s, m, h or d, such as %s".formatted(option, example));
    return duration == null ? Duration.ZERO : duration;
  }

  /** As {@link #duration}, or zero for {@code 0}, which stands for ever. */
  Duration durationOrForever(String option, @Nullable String text, String example) {
    if ("0".equals(text)) {
      return Duration.ZERO;
    }
    Duration duration = durationOf(text);
    check(
        duration != null,
        "%s must be a whole number and ms, s, m, h or d, such as %s, or 0 for ever"
            .formatted(option, example));
    return duration == null ? Duration.ZERO : duration;
  }

  /**
   * @throws IllegalArgumentException naming every mistake, a line each
   */
  void throwIfAny() {
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
  }

  static boolean isGiven(@Nullable String value) {
    return value != null && !value.isBlank();
  }

  private static @Nullable Duration durationOf(@Nullable String text) {
    Matcher matcher = DURATION.matcher(text == null ? "" : text);
    if (!matcher.matches()) {
      return null;
    }
    long amount = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "m" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }
}
