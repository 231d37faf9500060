package dev.tidegate.pipeline.launch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.checkerframework.checker.nullness.qual.Nullable;

/** Checks options, and collects all that is wrong with them for one message. */
public final class OptionMistakes {
  private static final Pattern DURATION = Pattern.compile("([1-9][0-9]{0,8})(ms|[smhd])");

  private final List<String> mistakes = new ArrayList<>();

  /** Notes {@code mistake} unless {@code holds}. */
  public void check(boolean holds, String mistake) {
    if (!holds) {
      mistakes.add(mistake);
    }
  }

  /** Notes {@code mistake}. */
  public void add(String mistake) {
    mistakes.add(mistake);
  }

  /** All that were noted, in order. */
  public List<String> list() {
    return List.copyOf(mistakes);
  }

  /** The duration that an option gives; a mistake, and zero, where it is none. */
  public Duration duration(String option, @Nullable String text, String example) {
    Duration duration = durationOf(text);
    check(
        duration != null,
        "%s must be a whole number and ms, s, m, h or d, such as %s".formatted(option, example));
    return duration == null ? Duration.ZERO : duration;
  }

  /** As {@link #duration}, or zero for {@code 0}, which stands for ever. */
  public Duration durationOrForever(String option, @Nullable String text, String example) {
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
   * @throws InvalidOptionsException naming every mistake, a line each
   */
  public void throwIfAny() {
    if (!mistakes.isEmpty()) {
      throw new InvalidOptionsException(mistakes);
    }
  }

  /** Whether an option was given, and not left blank. */
  public static boolean isGiven(@Nullable String value) {
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
