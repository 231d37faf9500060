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
   * An HMAC in a header, which may hold several signatures with commas between.
   *
   * @param header the header's name
   * @param prefix what stands before a signature, such as {@code sha256=}; may be empty. What
   *     begins otherwise is no signature
   * @param algorithm of the HMAC
   * @param encoding of the signature
   * @param timestampHeader the header of the time of sending, in seconds of Unix time
   * @param timestampPrefix what stands before the time, where it is in the signatures' header
   * @param signed what is signed: it ends with {@code {body}}, and may have {@code {timestamp}}
   *     before it; empty for the time, a full stop and the body, or where there is no time the body
   * @param url where this is signed, and the body by its hash only, which is the URL's parameter
   *     {@code bodySHA256}: the address without its query, as the sender knows it
   * @param tolerance how far a time may be from now
   * @param answersChallenge whether {@code url_verification} is answered with its challenge
   */
  record GenericHmac(
      String header,
      String prefix,
      Algorithm algorithm,
      Encoding encoding,
      Optional<String> timestampHeader,
      Optional<String> timestampPrefix,
      Optional<String> signed,
      Optional<String> url,
      Duration tolerance,
      boolean answersChallenge)
      implements SignatureScheme {
    /** An HMAC of the body alone, in hexadecimal. */
    static GenericHmac ofBody(String header) {
      return new GenericHmac(
          header,
          "",
          Algorithm.SHA256,
          Encoding.HEX,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Duration.ZERO,
          false);
    }

    /** What is signed before the body, with {@code {timestamp}} in the time's place. */
    String signedBeforeBody() {
      boolean isTimed = timestampHeader.isPresent() || timestampPrefix.isPresent();
      return signed.orElse(isTimed ? "{timestamp}.{body}" : "{body}").replace("{body}", "");
    }

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
