package dev.tidegate.schemas;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
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

  private static final long SECONDS_OF_A_DAY = 86_400;

  private static final byte[] TEXT =
      "0000-00-00T00:00:00.000000Z".getBytes(StandardCharsets.US_ASCII);

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

  /**
   * {@code time} as {@link Instant#toString} writes it, less what is finer than a microsecond: an
   * archived row has up to seven times, and the JDK's formatter takes ten times as long.
   */
  public static String textOf(Instant time) {
    if (!isStorable(time)) {
      return time.truncatedTo(ChronoUnit.MICROS).toString();
    }
    LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(time.getEpochSecond(), SECONDS_OF_A_DAY));
    int second = (int) Math.floorMod(time.getEpochSecond(), SECONDS_OF_A_DAY);
    byte[] text = TEXT.clone();
    putDigits(text, 0, 4, day.getYear());
    putDigits(text, 5, 2, day.getMonthValue());
    putDigits(text, 8, 2, day.getDayOfMonth());
    putDigits(text, 11, 2, second / 3_600);
    putDigits(text, 14, 2, second / 60 % 60);
    putDigits(text, 17, 2, second % 60);
    int microsecond = time.getNano() / 1_000;
    putDigits(text, 20, 6, microsecond);
    int end = microsecond == 0 ? 19 : microsecond % 1_000 == 0 ? 23 : 26;
    text[end] = 'Z';
    return new String(text, 0, end + 1, StandardCharsets.US_ASCII);
  }

  private static void putDigits(byte[] text, int from, int length, int number) {
    int rest = number;
    for (int i = from + length - 1; i >= from; i--) {
      text[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
