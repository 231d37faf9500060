package dev.tidegate.schemas;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 as 64 lower-case hexadecimal digits. */
public final class Sha256 {
  private Sha256() {}

  /**
   * The hash of a body together with its type, where the body does not name the type.
   *
   * @param bodySha256 the body's own hash, because a replay may not have the original body
   */
  public static String hexOfTyped(String bodySha256, String eventType) {
    return hexOf((bodySha256 + '\0' + eventType).getBytes(StandardCharsets.UTF_8));
  }

  public static String hexOf(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
