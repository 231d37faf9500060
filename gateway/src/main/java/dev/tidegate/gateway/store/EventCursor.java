package dev.tidegate.gateway.store;

import dev.tidegate.schemas.Microseconds;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;

/**
 * Where a page of events ended: the place of its last event in the order of the list.
 *
 * <p>Clients hold it as opaque text with a proof that a gateway of this ledger made it for the same
 * question of the same caller: no other caller can use it, nor anyone make one.
 *
 * @param processedAt of the page's last event
 * @param eventId of the same event
 */
record EventCursor(Instant processedAt, UUID eventId) {
  private static final int PLACE_BYTES = 3 * Long.BYTES;
  private static final int PROOF_BYTES = 16;

  /** Makes and reads the texts of cursors. */
  static final class Seal {
    private final SecretKeySpec key;

    Seal(EventToken tokens) {
      this.key = tokens.keyFor("cursor of events");
    }

    /**
     * The text of {@code cursor}.
     *
     * @param question who asks for what: the text is good for nothing else
     */
    String close(EventCursor cursor, String question) {
      byte[] place =
          ByteBuffer.allocate(PLACE_BYTES)
              .putLong(Microseconds.of(cursor.processedAt))
              .putLong(cursor.eventId.getMostSignificantBits())
              .putLong(cursor.eventId.getLeastSignificantBits())
              .array();
      byte[] sealed =
          ByteBuffer.allocate(PLACE_BYTES + PROOF_BYTES)
              .put(place)
              .put(proof(place, question))
              .array();
      return Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }

    /** The cursor that {@link #close} made into {@code text} for the same question; else empty. */
    Optional<EventCursor> open(String text, String question) {
      byte[] sealed;
      try {
        sealed = Base64.getUrlDecoder().decode(text);
      } catch (IllegalArgumentException notBase64) {
        return Optional.empty();
      }
      // The last character has bits that say nothing: one text is good, and no other.
      boolean asWritten =
          Base64.getUrlEncoder().withoutPadding().encodeToString(sealed).equals(text);
      if (sealed.length != PLACE_BYTES + PROOF_BYTES || !asWritten) {
        return Optional.empty();
      }
      byte[] place = Arrays.copyOf(sealed, PLACE_BYTES);
      byte[] proof = Arrays.copyOfRange(sealed, PLACE_BYTES, sealed.length);
      if (!MessageDigest.isEqual(proof, proof(place, question))) {
        return Optional.empty();
      }
      ByteBuffer buffer = ByteBuffer.wrap(place);
      return Optional.of(
          new EventCursor(
              Microseconds.toInstant(buffer.getLong()),
              new UUID(buffer.getLong(), buffer.getLong())));
    }

    private byte[] proof(byte[] place, String question) {
      byte[] full = EventToken.hmac(key, place, question.getBytes(StandardCharsets.UTF_8));
      return Arrays.copyOf(full, PROOF_BYTES);
    }
  }
}
