package dev.tidegate.gateway.webhooks;

import dev.tidegate.gateway.config.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A secret that signs, and whose it is.
 *
 * @param tenant whose
 * @param key with its algorithm
 */
record HmacKey(String tenant, SecretKeySpec key) {
  /**
   * A key of {@code secret}.
   *
   * @param algorithm Java's name of it
   * @throws IllegalArgumentException where the secret is empty
   */
  static HmacKey of(String tenant, Secret secret, String algorithm) {
    byte[] bytes = secret.bytes();
    if (bytes.length == 0) {
      throw new IllegalArgumentException("a secret of tenant %s is empty".formatted(tenant));
    }
    return new HmacKey(tenant, new SecretKeySpec(bytes, algorithm));
  }

  /** Whether {@code signature} is that of {@code prefix} and {@code body}, in constant time. */
  boolean verifies(byte[] signature, String prefix, byte[] body) {
    try {
      Mac mac = Mac.getInstance(key.getAlgorithm());
      mac.init(key);
      mac.update(prefix.getBytes(StandardCharsets.UTF_8));
      return MessageDigest.isEqual(mac.doFinal(body), signature);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has " + key.getAlgorithm(), impossible);
    }
  }

  /** Never the key. */
  @Override
  public String toString() {
    return "HmacKey{%s}".formatted(tenant);
  }
}
