package dev.tidegate.schemas;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;

/**
 * Reads times as RFC 3339 writes them: either case of T and Z, a space for the T, any number of
 * digits behind the seconds, and leap seconds. Also what senders write beside it (issue 14): a
 * comma before the fraction, no seconds, {@code 24:00:00} for the end of a day, offsets as {@code
 * +0000} and {@code +00}, a space before the offset, and {@code UTC} for Z.
 *
 * <p>A time without an offset is refused: Tidegate does not guess the time zone.
 */
public final class Rfc3339 {
  private static final int NONE = -1;

  private final String text;
  private int position;

  private Rfc3339(String text) {
    this.text = text;
  }

  /**
   * The time that {@code text} is, with finer parts than microseconds cut off. Empty where it is no
   * time with an offset, or lies beyond years 1 to 9999.
   */
  public static Optional<Instant> parse(String text) {
    try {
      Instant time = new Rfc3339(text).read();
      return time != null && Microseconds.isStorable(time) ? Optional.of(time) : Optional.empty();
    } catch (DateTimeException noSuchDay) {
      return Optional.empty();
    }
  }

  /**
   * Whether {@code text} is a time as {@link Instant#toString} writes it, to the second, so that
   * there is nothing to convert. False also for some that are, such as those of a 31st.
   */
  static boolean isCanonical(String text) {
    return text.length() == 20
        && text.charAt(4) == '-'
        && text.charAt(7) == '-'
        && text.charAt(10) == 'T'
        && text.charAt(13) == ':'
        && text.charAt(16) == ':'
        && text.charAt(19) == 'Z'
        && isWithin(text, 0, 4, 1, 9_999)
        && isWithin(text, 5, 2, 1, 12)
        && isWithin(text, 8, 2, 1, 28)
        && isWithin(text, 11, 2, 0, 23)
        && isWithin(text, 14, 2, 0, 59)
        && isWithin(text, 17, 2, 0, 59);
  }

  private static boolean isWithin(String text, int from, int digits, int least, int most) {
    int number = 0;
    for (int i = from; i < from + digits; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return false;
      }
      number = 10 * number + digit;
    }
    return number >= least && number <= most;
  }

  private Instant read() {
    int year = digits(4);
    boolean dashes = take('-');
    int month = digits(2);
    dashes &= take('-');
    int day = digits(2);
    boolean separated = take('T') || take('t') || take(' ');
    int hour = digits(2);
    boolean colon = take(':');
    int minute = digits(2);
    if (!dashes || !separated || !colon || hour > 24 || minute > 59) {
      return null;
    }
    if (year == NONE || month == NONE || day == NONE || hour == NONE || minute == NONE) {
      return null;
    }
    int second = take(':') ? digits(2) : 0;
    int micros = second != NONE && (take('.') || take(',')) ? fraction() : 0;
    if (second == NONE || second > 60 || micros == NONE) {
      return null;
    }
    if (hour == 24 && (minute > 0 || second > 0 || micros > 0)) {
      return null;
    }
    take(' ');
    int offset = offsetSeconds();
    if (offset == Integer.MIN_VALUE || position != text.length()) {
      return null;
    }
    long seconds =
        LocalDate.of(year, month, day).toEpochDay() * 86_400
            + hour * 3_600L
            + minute * 60L
            + second
            - offset;
    // A leap second ends a day of UTC, and is counted as the first second of the next.
    return second == 60 && seconds % 86_400 != 0
        ? null
        : Instant.ofEpochSecond(seconds, micros * 1_000L);
  }

  /** That many digits as a number. */
  private int digits(int count) {
    if (position + count > text.length()) {
      return NONE;
    }
    int number = 0;
    for (int i = 0; i < count; i++) {
      int digit = text.charAt(position + i) - '0';
      if (digit < 0 || digit > 9) {
        return NONE;
      }
      number = 10 * number + digit;
    }
    position += count;
    return number;
  }

  /** The digits behind the seconds, as microseconds. */
  private int fraction() {
    int micros = 0;
    int count = 0;
    for (; position < text.length(); position++, count++) {
      int digit = text.charAt(position) - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      micros = count < 6 ? 10 * micros + digit : micros;
    }
    if (count == 0) {
      return NONE;
    }
    for (; count < 6; count++) {
      micros *= 10;
    }
    return micros;
  }

  /** The offset from UTC; {@link Integer#MIN_VALUE} where there is none. */
  private int offsetSeconds() {
    if (take('Z') || take('z')) {
      return 0;
    }
    if (text.regionMatches(true, position, "UTC", 0, 3)) {
      position += 3;
      return 0;
    }
    boolean west = take('-');
    if (!west && !take('+')) {
      return Integer.MIN_VALUE;
    }
    int hours = digits(2);
    boolean colon = take(':');
    int minutes = colon || position < text.length() ? digits(2) : 0;
    if (hours == NONE || hours > 23 || minutes == NONE || minutes > 59) {
      return Integer.MIN_VALUE;
    }
    int seconds = hours * 3_600 + minutes * 60;
    return west ? -seconds : seconds;
  }

  private boolean take(char expected) {
    if (position < text.length() && text.charAt(position) == expected) {
      position++;
      return true;
    }
    return false;
  }
}
