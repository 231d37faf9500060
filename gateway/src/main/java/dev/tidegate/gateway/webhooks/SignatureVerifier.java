package dev.tidegate.gateway.webhooks;

import com.linecorp.armeria.common.HttpHeaders;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.SignatureScheme.StandardWebhooks;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.Verification.Verified;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Verifies requests of one sender, on the bytes that came, before anything reads them. */
interface SignatureVerifier {
  /** Of a request; those that follow do not count. */
  int MOST_SIGNATURES = 10;

  /** Whether {@code headers} hold a valid signature of {@code body}, and whose secret made it. */
  Verification verify(HttpHeaders headers, byte[] body, Instant now);

  /** What it verifies with. */
  List<VerifyingKey> keys();

  /** Finds the key that made one of {@code signatures}. */
  static Verification verify(
      List<VerifyingKey> keys, List<byte[]> signatures, String prefix, byte[] body) {
    return keys.stream()
        .filter(key -> key.verifiesAny(signatures, prefix, body))
        .findFirst()
        .<Verification>map(key -> new Verified(key.tenant()))
        .orElse(Failed.MISMATCH);
  }

  /**
   * The verifier of an endpoint's scheme, with its secrets.
   *
   * @throws IllegalArgumentException if a secret or the name of a header is not valid; never with
   *     the secret
   */
  static SignatureVerifier of(WebhookEndpoint endpoint) {
    SignatureScheme scheme = endpoint.scheme();
    if (scheme instanceof StandardWebhooks standard) {
      return new StandardWebhooksVerifier(standard.tolerance(), endpoint.secrets());
    }
    if (scheme instanceof GenericHmac generic) {
      return new HmacVerifier(generic, endpoint.secrets());
    }
    return new HmacVerifier(HmacVerifier.TERMINAL49, endpoint.secrets());
  }

  /**
   * The one value of a header; empty if there is none, or if there are several: nobody could tell
   * which one counts.
   */
  static Optional<String> single(HttpHeaders headers, CharSequence name) {
    List<String> values = headers.getAll(name);
    return values.size() == 1 ? Optional.of(values.get(0)) : Optional.empty();
  }

  /**
   * Checks a timestamp of a request.
   *
   * @param seconds of Unix time, in decimal digits
   * @return why it fails, or empty where it is near enough to {@code now}
   */
  static Optional<Failed> timestampFailure(String seconds, Instant now, Duration tolerance) {
    if (seconds.isEmpty()
        || seconds.length() > 12
        || !seconds.chars().allMatch(SignatureVerifier::isDigit)) {
      return Optional.of(Failed.MALFORMED);
    }
    Duration distance = Duration.between(Instant.ofEpochSecond(Long.parseLong(seconds)), now).abs();
    return distance.compareTo(tolerance) > 0 ? Optional.of(Failed.EXPIRED) : Optional.empty();
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }
}
