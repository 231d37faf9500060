package dev.tidegate.gateway.webhooks;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A tenant's key that signatures are checked with. */
sealed interface VerifyingKey {
  /** Whose it is. */
  String tenant();

  /** Equal for keys that verify the same signatures. It gives nothing of the key away. */
  String fingerprint();

  /** Whether one of {@code signatures} is that of {@code prefix} and {@code body}. */
  boolean verifiesAny(List<byte[]> signatures, String prefix, byte[] body);

  /** A secret; {@code keyed} is never used itself, but copied. */
  record Hmac(String tenant, String fingerprint, Mac keyed) implements VerifyingKey {
    /**
     * The key of {@code secret}.
     *
     * @param algorithm Java's name of it
     * @throws IllegalArgumentException where the secret is empty
     */
    static Hmac of(String tenant, byte[] secret, String algorithm) {
      if (secret.length == 0) {
        throw new IllegalArgumentException("a secret of tenant %s is empty".formatted(tenant));
      }
      // An HMAC, since zeros at a secret's end make no difference to one. Of one algorithm, since a
      // secret is the same whatever it is used with.
      byte[] mark =
          keyed(secret, "HmacSHA256").doFinal("fingerprint".getBytes(StandardCharsets.UTF_8));
      return new Hmac(tenant, HexFormat.of().formatHex(mark), keyed(secret, algorithm));
    }

    /** Computes once, and compares in constant time. */
    @Override
    public boolean verifiesAny(List<byte[]> signatures, String prefix, byte[] body) {
      if (signatures.isEmpty()) {
        return false;
      }
      byte[] own;
      try {
        Mac mac = (Mac) keyed.clone();
        mac.update(prefix.getBytes(StandardCharsets.UTF_8));
        own = mac.doFinal(body);
      } catch (CloneNotSupportedException impossible) {
        throw new IllegalStateException("the JDK's HMACs can be cloned", impossible);
      }
      boolean isAny = false;
      for (byte[] signature : signatures) {
        isAny |= MessageDigest.isEqual(own, signature);
      }
      return isAny;
    }

    private static Mac keyed(byte[] secret, String algorithm) {
      try {
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(secret, algorithm));
        return mac;
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException("every JDK has " + algorithm, impossible);
      }
    }

    /** Never the key. */
    @Override
    public String toString() {
      return "Hmac{%s}".formatted(tenant);
    }
  }

  /** A public key. */
  record Ed25519(String tenant, String fingerprint, PublicKey key) implements VerifyingKey {
    private static final int KEY_BYTES = 32;

    /** What RFC 8410 puts before a key's 32 bytes. */
    private static final byte[] X509_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    /**
     * The key of {@code bytes}.
     *
     * @throws IllegalArgumentException where they are no key
     */
    static Ed25519 of(String tenant, byte[] bytes) {
      if (bytes.length == KEY_BYTES) {
        byte[] encoded =
            ByteBuffer.allocate(X509_PREFIX.length + KEY_BYTES).put(X509_PREFIX).put(bytes).array();
        try {
          PublicKey key =
              KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
          return new Ed25519(tenant, HexFormat.of().formatHex(bytes), key);
        } catch (GeneralSecurityException noKey) {
          // Said below.
        }
      }
      throw new IllegalArgumentException(
          "a key of tenant %s must be whpk_ and 32 bytes of an Ed25519 public key in base64"
              .formatted(tenant));
    }

    @Override
    public boolean verifiesAny(List<byte[]> signatures, String prefix, byte[] body) {
      return signatures.stream().anyMatch(signature -> verifies(signature, prefix, body));
    }

    private boolean verifies(byte[] signature, String prefix, byte[] body) {
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
}
