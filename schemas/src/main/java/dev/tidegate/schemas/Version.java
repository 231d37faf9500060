package dev.tidegate.schemas;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The place of a notification in the one order that all tables follow (DESIGN.md, promise 2): when
 * the source says it was true, then the notification's ID, then the SHA-256 of its content.
 *
 * <p>The order is total, and the same in Java and in PostgreSQL: {@link #text()} is kept in columns
 * of {@code COLLATE "C"}, which compares the bytes of UTF-8, as {@link #compareTo} does. The text
 * is the time at fixed width, the ID, and the first {@value #HASH_DIGITS} digits of the hash: 128
 * bits are more than two bodies of one notification can share, and every row holds a version for
 * each of its groups (a milestone of 1.2 KB was 0.8 KB of versions with all 64 digits).
 *
 * <p>The version of an application's event has the inverted time of acceptance before the hash. Two
 * bodies under one ID are the sender's mistake, and the body that was accepted first counts, not
 * the one with the larger hash.
 *
 * @param asOf when the source says the notification's facts were true, within years 1 to 9999;
 *     finer parts than microseconds are cut off
 * @param notificationId the notification's ID within its tenant and source
 * @param contentSha256 {@link RawEvent#contentSha256}, 64 lower-case hexadecimal digits
 * @param acceptedAt when the event was accepted, where that decides between two bodies
 */
public record Version(
    Instant asOf, String notificationId, String contentSha256, Optional<Instant> acceptedAt)
    implements Comparable<Version> {
  /**
   * Stands in where the source names no time. A constant, never a clock: a wall clock would make
   * the tables depend on when a notification arrived.
   */
  public static final Instant UNKNOWN_TIME = Microseconds.EARLIEST;

  /**
   * How far a notification's time may lie after its receipt. Beyond it a bad clock would freeze the
   * row until its time has come (DESIGN.md, promise 2).
   */
  public static final Duration MAX_CLOCK_LEAD = Duration.ofDays(1);

  private static final int HASH_DIGITS = 32;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  public Version {
    if (!Microseconds.isStorable(asOf)) {
      throw new IllegalArgumentException("as_of must lie within years 1 to 9999: " + asOf);
    }
    asOf = Microseconds.toInstant(Microseconds.of(asOf));
    if (contentSha256.length() != 64) {
      throw new IllegalArgumentException("a SHA-256 has 64 hexadecimal digits");
    }
  }

  /** Whether a sender whose clock is right can give {@code asOf} to what came at that time. */
  public static boolean isPlausible(Instant asOf, Instant receivedAt) {
    return !asOf.isAfter(receivedAt.plus(MAX_CLOCK_LEAD));
  }

  /** The version of an event of which the hash decides between two bodies. */
  public Version(Instant asOf, String notificationId, String contentSha256) {
    this(asOf, notificationId, contentSha256, Optional.empty());
  }

  /** The version as text that sorts, byte by byte, as versions do. */
  public String text() {
    return beginning() + acceptedAt.map(Version::earliestLast).orElse("") + hash();
  }

  /** Whether {@code text} is a version of the same event, whenever that was accepted. */
  public boolean isOfSameEvent(String text) {
    return text.startsWith(beginning()) && text.endsWith(hash());
  }

  /** {@link #text} without the time of acceptance: the same for each repeat of an event. */
  public String textOfRepeats() {
    return beginning() + hash();
  }

  private String beginning() {
    return TIME.format(asOf) + ' ' + notificationId + ' ';
  }

  private String hash() {
    return contentSha256.substring(0, HASH_DIGITS);
  }

  private static String earliestLast(Instant time) {
    return HexFormat.of().toHexDigits(Microseconds.of(Microseconds.LATEST) - Microseconds.of(time))
        + ' ';
  }

  @Override
  public int compareTo(Version other) {
    return compareTexts(text(), other.text());
  }

  /** Compares two {@link #text}s as {@code COLLATE "C"} does. */
  public static int compareTexts(String first, String second) {
    // Nearly always: the columns of one event are compared with each other, for every row.
    if (first.equals(second)) {
      return 0;
    }
    // UTF-8, because String.compareTo orders characters beyond U+FFFF differently.
    return Arrays.compareUnsigned(
        first.getBytes(StandardCharsets.UTF_8), second.getBytes(StandardCharsets.UTF_8));
  }
}
