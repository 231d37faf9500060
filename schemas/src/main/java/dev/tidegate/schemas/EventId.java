package dev.tidegate.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.UUID;

/**
 * The opaque ID of an event in the ledger. It is derived from what identifies the event, so that
 * the gateway knows it before the pipeline has seen the event, and a repeat has the same.
 *
 * <p>A UUID of version 8 (RFC 9562, 5.8): the first 122 bits of the SHA-256 of tenant, source and
 * identity, each with its length before it.
 */
public final class EventId {
  private EventId() {}

  /**
   * The ID of an event.
   *
   * @param identity its notification ID, or what stands for it: {@link RawEvent#identity}
   */
  public static UUID of(String tenantId, String source, String identity) {
    return hash(tenantId, source, identity);
  }

  /**
   * The ID of an effect: the same whenever the same cause has it again.
   *
   * @param source the cause's
   * @param cause its notification ID; or the instance of a saga
   * @param handler the event type whose handler has caused it, or what {@link #ofSaga} gives
   * @param key tells the handler's effects of one cause apart
   */
  public static UUID ofEffect(
      String tenantId, String source, String cause, String handler, String key) {
    return hash(tenantId, source, cause, handler, key);
  }

  /** Takes the place of a cause's event ID, for an instance of a saga. */
  public static UUID ofInstance(String tenantId, String source, String saga, String instance) {
    return of(tenantId, source, "saga/" + saga + "/" + instance);
  }

  /** Takes the place of a handler's event type, for a saga. */
  public static String ofSaga(String saga) {
    return "saga:" + saga;
  }

  private static UUID hash(String... parts) {
    MessageDigest digest = Sha256.digest();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
      digest.update(bytes);
    }
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    long high = (hash.getLong() & ~0xF000L) | 0x8000L;
    long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }
}
