package dev.tidegate.schemas;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The place of an event in the one order that all tables follow (docs/design.md, promise 2).
 * Versions compare byte by byte, unsigned, in Java as in PostgreSQL's {@code bytea}, where {@link
 * #bytes} are kept.
 *
 * <p>A version has 24 bytes: 8 of the time when the source says the event's facts were true, and 16
 * of a SHA-256 over the notification's ID and the content. 128 bits are more than two events can
 * share.
 *
 * <p>The version of an application's event has 40 bytes: 8 of the time, 8 of a hash of the ID, 8 of
 * the time of acceptance, turned round, and the same 16. Two bodies under one ID are the sender's
 * mistake. The first accepted of them counts, and not the one with the larger hash.
 */
public final class Version implements Comparable<Version> {
  /**
   * The time of an event whose source names none. It is a constant and no clock: with a clock the
   * tables would depend on when a notification arrived.
   */
  public static final Instant UNKNOWN_TIME = Microseconds.EARLIEST;

  /**
   * How far a notification's time may lie after its receipt. Beyond it a bad clock would freeze the
   * row until its time has come (docs/design.md, promise 2).
   */
  public static final Duration MAX_CLOCK_LEAD = Duration.ofDays(1);

  private static final long EARLIEST = Microseconds.of(Microseconds.EARLIEST);
  private static final int TIME_BYTES = Long.BYTES;
  private static final int HASH_BYTES = 16;
  private static final int BYTES = TIME_BYTES + HASH_BYTES;
  private static final int BYTES_IF_ACCEPTED = BYTES + 2 * Long.BYTES;

  private final byte[] bytes;

  private Version(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The version of an event of which the hash decides between two bodies. */
  public Version(Instant asOf, String notificationId, String contentSha256) {
    this(asOf, notificationId, contentSha256, Optional.empty());
  }

  /**
   * The version of an event.
   *
   * @param asOf when the source says the event's facts were true, within years 1 to 9999; finer
   *     parts than microseconds are cut off
   * @param notificationId the notification's ID within its tenant and source
   * @param contentSha256 {@link RawEvent#contentSha256}
   * @param acceptedAt when the event was accepted, where that decides between two bodies
   */
  public Version(
      Instant asOf, String notificationId, String contentSha256, Optional<Instant> acceptedAt) {
    if (!Microseconds.isStorable(asOf)) {
      throw new IllegalArgumentException("as_of must lie within years 1 to 9999: " + asOf);
    }
    if (contentSha256.length() != 64) {
      throw new IllegalArgumentException("a SHA-256 has 64 hexadecimal digits");
    }
    byte[] id = notificationId.getBytes(UTF_8);
    ByteBuffer buffer = ByteBuffer.allocate(acceptedAt.isEmpty() ? BYTES : BYTES_IF_ACCEPTED);
    buffer.putLong(Microseconds.of(asOf) - EARLIEST);
    if (acceptedAt.isPresent()) {
      buffer.put(Sha256.of(id), 0, Long.BYTES);
      buffer.putLong(Microseconds.of(Microseconds.LATEST) - Microseconds.of(acceptedAt.get()));
    }
    bytes = buffer.put(hashOf(id, contentSha256), 0, HASH_BYTES).array();
  }

  /** With the ID's length before it, no ID and content are hashed as another ID and content are. */
  private static byte[] hashOf(byte[] id, String contentSha256) {
    return Sha256.of(
        ByteBuffer.allocate(Integer.BYTES + id.length + contentSha256.length())
            .putInt(id.length)
            .put(id)
            .put(contentSha256.getBytes(UTF_8))
            .array());
  }

  /**
   * The version that a table holds.
   *
   * @param bytes what {@link #bytes} gave
   */
  public static Version of(byte[] bytes) {
    if (bytes.length != BYTES && bytes.length != BYTES_IF_ACCEPTED) {
      throw new IllegalArgumentException(
          "a version has 24 or 40 bytes, and not %d".formatted(bytes.length));
    }
    return new Version(bytes.clone());
  }

  /**
   * Whether {@code asOf} is possible for a message that came at that time, if its sender's clock is
   * right.
   */
  public static boolean isPlausible(Instant asOf, Instant receivedAt) {
    return !asOf.isAfter(receivedAt.plus(MAX_CLOCK_LEAD));
  }

  /** What the tables hold. Callers must not change the array. */
  public byte[] bytes() {
    return bytes;
  }

  /** The bytes as PostgreSQL writes and reads them: {@code \x} and hexadecimal digits. */
  public String text() {
    return "\\x" + HexFormat.of().formatHex(bytes);
  }

  /** When the source says the event's facts were true. */
  public Instant asOf() {
    return Microseconds.toInstant(ByteBuffer.wrap(bytes).getLong() + EARLIEST);
  }

  /** Whether {@code other} is a version of the same event, whenever that was accepted. */
  public boolean isOfSameEvent(Version other) {
    return Arrays.equals(bytes, 0, TIME_BYTES, other.bytes, 0, TIME_BYTES)
        && Arrays.equals(
            bytes, hashAt(), bytes.length, other.bytes, other.hashAt(), other.bytes.length);
  }

  /** Whether this is a version of that content under that ID, whatever its times. */
  public boolean isOf(String notificationId, String contentSha256) {
    return Arrays.equals(
        bytes,
        hashAt(),
        bytes.length,
        hashOf(notificationId.getBytes(UTF_8), contentSha256),
        0,
        HASH_BYTES);
  }

  private int hashAt() {
    return bytes.length - HASH_BYTES;
  }

  @Override
  public int compareTo(Version other) {
    return this == other ? 0 : Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Version version && Arrays.equals(bytes, version.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return text();
  }
}
