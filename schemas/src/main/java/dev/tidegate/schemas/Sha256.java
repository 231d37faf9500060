package dev.tidegate.schemas;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, as 32 bytes or as 64 lower-case hexadecimal digits. */
public final class Sha256 {
  private Sha256() {}

  /**
   * The hash of a body together with a type that it does not name itself.
   *
   * @param bodySha256 the body's own hash: of a replay's original nothing else may be known
   */
  public static String hexOfTyped(String bodySha256, String eventType) {
    return hexOf((bodySha256 + '\0' + eventType).getBytes(StandardCharsets.UTF_8));
  }

  public static String hexOf(byte[] bytes) {
    return HexFormat.of().formatHex(of(bytes));
  }

  static byte[] of(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }
}
