package dev.tidegate.gateway.store;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.schemas.EventId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The IDs of events that clients see: {@code evt_} and 32 characters. Each holds the ledger's
 * {@link EventId} and a proof that this gateway, or another with the same key, gave it to the
 * event's tenant. So an ID that is not in the ledger yet is known to be of an event that was
 * accepted, with no memory of what was, and IDs cannot be guessed.
 */
public final class EventToken {
  private static final String PREFIX = "evt_";
  private static final int PROOF_BYTES = 8;
  private static final int UUID_BYTES = 16;

  private final SecretKeySpec key;

  /**
   * @param key the same for all gateways of a ledger
   */
  public EventToken(Secret key) {
    this.key = new SecretKeySpec(key.bytes(), "HmacSHA256");
  }

  /** What clients call the event of {@code tenant} that the ledger calls {@code eventId}. */
  public String of(String tenant, UUID eventId) {
    byte[] bytes =
        ByteBuffer.allocate(UUID_BYTES + PROOF_BYTES)
            .putLong(eventId.getMostSignificantBits())
            .putLong(eventId.getLeastSignificantBits())
            .put(proof(tenant, eventId))
            .array();
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What clients call an event. */
  public String of(String tenant, String source, String identity) {
    return of(tenant, EventId.of(tenant, source, identity));
  }

  /** The ledger's ID, where {@code token} was given to {@code tenant}; empty for anything else. */
  public Optional<UUID> read(String tenant, String token) {
    return unproved(token)
        .filter(
            eventId ->
                MessageDigest.isEqual(
                    of(tenant, eventId).getBytes(StandardCharsets.UTF_8),
                    token.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The ledger's ID that {@code token} claims. Nothing is proved: for callers who may see every
   * tenant's events.
   */
  public Optional<UUID> unproved(String token) {
    if (!token.startsWith(PREFIX)) {
      return Optional.empty();
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token.substring(PREFIX.length()));
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
    if (bytes.length != UUID_BYTES + PROOF_BYTES) {
      return Optional.empty();
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return Optional.of(new UUID(buffer.getLong(), buffer.getLong()));
  }

  /**
   * A key for something else that clients hand back to gateways of this ledger: whatever is proved
   * with it cannot be taken for an event's ID.
   */
  SecretKeySpec keyFor(String purpose) {
    return new SecretKeySpec(
        hmac(key, new byte[0], purpose.getBytes(StandardCharsets.UTF_8)), key.getAlgorithm());
  }

  private byte[] proof(String tenant, UUID eventId) {
    byte[] id =
        ByteBuffer.allocate(UUID_BYTES)
            .putLong(eventId.getMostSignificantBits())
            .putLong(eventId.getLeastSignificantBits())
            .array();
    return Arrays.copyOf(hmac(key, id, tenant.getBytes(StandardCharsets.UTF_8)), PROOF_BYTES);
  }

  /** HMAC-SHA256 of two parts; the first must have a fixed length. */
  static byte[] hmac(SecretKeySpec key, byte[] first, byte[] second) {
    try {
      Mac mac = Mac.getInstance(key.getAlgorithm());
      mac.init(key);
      mac.update(first);
      return mac.doFinal(second);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", impossible);
    }
  }
}
