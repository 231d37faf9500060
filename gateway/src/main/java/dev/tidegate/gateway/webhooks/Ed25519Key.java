package dev.tidegate.gateway.webhooks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;

/**
 * A public key that verifies, and whose it is.
 *
 * @param tenant whose
 * @param key of Ed25519
 */
record Ed25519Key(String tenant, PublicKey key) {
  private static final int KEY_BYTES = 32;

  /** What RFC 8410 puts before a key's 32 bytes. */
  private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  /**
   * The key of {@code bytes}.
   *
   * @throws IllegalArgumentException where they are no key
   */
  static Ed25519Key of(String tenant, byte[] bytes) {
    if (bytes.length == KEY_BYTES) {
      byte[] encoded =
          ByteBuffer.allocate(X509_PREFIX.length + KEY_BYTES).put(X509_PREFIX).put(bytes).array();
      try {
        KeyFactory factory = KeyFactory.getInstance("Ed25519");
        return new Ed25519Key(tenant, factory.generatePublic(new X509EncodedKeySpec(encoded)));
      } catch (GeneralSecurityException noKey) {
        // Said below.
      }
    }
    throw new IllegalArgumentException(
        "a key of tenant %s must be whpk_ and 32 bytes of an Ed25519 public key in base64"
            .formatted(tenant));
  }

  /** Whether {@code signature} is that of {@code prefix} and {@code body}. */
  boolean verifies(byte[] signature, String prefix, byte[] body) {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(prefix.getBytes(StandardCharsets.UTF_8));
      verifier.update(body);
      return verifier.verify(signature);
    } catch (SignatureException malformed) {
      return false;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK since 15 has Ed25519", impossible);
    }
  }
}
