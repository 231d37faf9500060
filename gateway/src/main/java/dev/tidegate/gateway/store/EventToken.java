package dev.tidegate.gateway.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.schemas.EventId;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The IDs of events that clients see: {@code evt_} and 32 characters. Each holds the ledger's
 * {@link EventId} and a proof that this gateway, or another with the same key, gave it to the
 * event's tenant. So the gateway knows, without a list, that an ID that is not in the ledger yet
 * belongs to an accepted event. And nobody can guess an ID.
 */
public final class EventToken {
  private static final String PREFIX = "evt_";
  private static final int UUID_BYTES = 16;
  private static final int PROOF_BYTES = 8;

  private final SecretKeySpec key;

  /**
   * @param key the same for all gateways of a ledger
   */
  public EventToken(Secret key) {
    this.key = new SecretKeySpec(key.bytes(), "HmacSHA256");
  }

  /**
   * The ID that clients use for the event of {@code tenant} whose ID in the ledger is {@code
   * eventId}.
   */
  public String of(String tenant, UUID eventId) {
    ByteBuffer bytes =
        ByteBuffer.allocate(UUID_BYTES + PROOF_BYTES)
            .putLong(eventId.getMostSignificantBits())
            .putLong(eventId.getLeastSignificantBits());
    try {
      Mac mac = Mac.getInstance(key.getAlgorithm());
      mac.init(key);
      mac.update(bytes.array(), 0, UUID_BYTES);
      bytes.put(mac.doFinal(tenant.getBytes(UTF_8)), 0, PROOF_BYTES);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", impossible);
    }
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /** What clients call an event. */
  public String of(String tenant, String source, String identity) {
    return of(tenant, EventId.of(tenant, source, identity));
  }

  /** The ledger's ID, where {@code token} was given to {@code tenant}; empty for anything else. */
  public Optional<UUID> read(String tenant, String token) {
    return unproved(token)
        .filter(id -> MessageDigest.isEqual(of(tenant, id).getBytes(UTF_8), token.getBytes(UTF_8)));
  }

  /**
   * The ledger's ID that {@code token} claims. Nothing is proved: for callers who may see every
   * tenant's events.
   */
  public Optional<UUID> unproved(String token) {
    if (!token.startsWith(PREFIX)) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(token.substring(PREFIX.length()));
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      return bytes.length == UUID_BYTES + PROOF_BYTES
          ? Optional.of(new UUID(buffer.getLong(), buffer.getLong()))
          : Optional.empty();
    } catch (IllegalArgumentException notBase64) {
      return Optional.empty();
    }
  }
}
