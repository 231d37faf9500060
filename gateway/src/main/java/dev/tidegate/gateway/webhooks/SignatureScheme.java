package dev.tidegate.gateway.webhooks;

import java.time.Duration;
import java.util.Optional;

/** How a sender signs its requests. */
public sealed interface SignatureScheme {
  /** {@code X-T49-Webhook-Signature}: HMAC-SHA256 of the body, hexadecimal. */
  record Terminal49() implements SignatureScheme {}

  /**
   * Standard Webhooks: {@code webhook-id}, {@code webhook-timestamp}, {@code webhook-signature}
   * with {@code v1} (HMAC-SHA256) and {@code v1a} (Ed25519).
   *
   * @param tolerance how far a timestamp may be from now, either way
   */
  record StandardWebhooks(Duration tolerance) implements SignatureScheme {
    public static final Duration TOLERANCE = Duration.ofMinutes(5);
  }

  /**
   * An HMAC in a header.
   *
   * @param header the header's name
   * @param prefix what stands before the signature, such as {@code sha256=}; may be empty
   * @param algorithm of the HMAC
   * @param encoding of the signature
   * @param timestampHeader whose value and a full stop stand before the body in what is signed
   * @param tolerance how far a timestamp (seconds of Unix time) may be from now
   * @param notificationId where a request tells the notification's ID
   * @param eventType where a request tells the event's type
   */
  record GenericHmac(
      String header,
      String prefix,
      Algorithm algorithm,
      Encoding encoding,
      Optional<String> timestampHeader,
      Duration tolerance,
      Place notificationId,
      Place eventType)
      implements SignatureScheme {
    /** Of an HMAC. */
    public enum Algorithm {
      SHA1,
      SHA256,
      SHA512
    }

    /** Of a signature. */
    public enum Encoding {
      HEX,
      BASE64
    }
  }
}
