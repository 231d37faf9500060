package dev.tidegate.schemas;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.util.HexFormat;
import javax.crypto.Mac;
import org.checkerframework.checker.nullness.qual.Nullable;
import org.conscrypt.Conscrypt;

/** SHA-256, as 32 bytes or as 64 lower-case hexadecimal digits. */
public final class Sha256 {
  static final String HMAC = "HmacSHA256";

  /**
   * In native code a body of 5 KB takes 4 microseconds. The JDK's own code takes 53, unless its
   * second compiler has compiled it. Null where the native code does not run: there the JDK's does.
   */
  private static final @Nullable Provider NATIVE =
      Conscrypt.isAvailable() ? Conscrypt.newProvider() : null;

  private Sha256() {}

  /**
   * The hash of a body together with its type, where the body does not name the type.
   *
   * @param bodySha256 the body's own hash, because a replay may not have the original body
   */
  public static String hexOfTyped(String bodySha256, String eventType) {
    return hexOf((bodySha256 + '\0' + eventType).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The hash of a content together with its schema version, where the body does not name the
   * version. No type begins with a control character: this is the hash of no body with its type.
   *
   * @param contentSha256 the hash of the body, or of the body and its type
   */
  public static String hexOfVersioned(String contentSha256, String schemaVersion) {
    return hexOf((contentSha256 + "\0\0" + schemaVersion).getBytes(StandardCharsets.UTF_8));
  }

  public static String hexOf(byte[] bytes) {
    return HexFormat.of().formatHex(of(bytes));
  }

  /** The 32 bytes themselves. */
  public static byte[] of(byte[] bytes) {
    return digest().digest(bytes);
  }

  static MessageDigest digest() {
    try {
      return NATIVE == null
          ? MessageDigest.getInstance("SHA-256")
          : MessageDigest.getInstance("SHA-256", NATIVE);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /** HMAC-SHA256, which needs a key. */
  static Mac hmac() {
    try {
      return NATIVE == null ? Mac.getInstance(HMAC) : Mac.getInstance(HMAC, NATIVE);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has HMAC-SHA256", impossible);
    }
  }
}
