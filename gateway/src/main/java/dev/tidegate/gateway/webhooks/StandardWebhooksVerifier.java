package dev.tidegate.gateway.webhooks;

import com.google.common.base.Splitter;
import com.linecorp.armeria.common.HttpHeaders;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The Standard Webhooks specification (standardwebhooks.com): signatures are of {@code
 * webhook-id.webhook-timestamp.body}; their header is a list, separated by spaces, of a version, a
 * comma and a signature in base64, so that a sender can rotate its secrets too. The headers may be
 * called {@code svix-id}, {@code svix-timestamp} and {@code svix-signature} instead.
 */
final class StandardWebhooksVerifier implements SignatureVerifier {
  static final String ID_HEADER = "webhook-id";
  private static final String OTHER_ID_HEADER = "svix-id";
  private static final String SECRET_PREFIX = "whsec_";
  private static final String PUBLIC_KEY_PREFIX = "whpk_";

  /** As the specification bounds them: what is shorter can be guessed. */
  private static final int SHORTEST_SECRET = 24;

  private static final int LONGEST_SECRET = 64;

  private static final String HMAC = "v1,";
  private static final String ED25519 = "v1a,";

  /** Each is checked with each public key: enough for a sender that rotates its key. */
  private static final int MOST_PUBLIC_KEY_SIGNATURES = 2;

  private static final Splitter SIGNATURES = Splitter.on(' ').omitEmptyStrings();

  private final Duration tolerance;
  private final List<VerifyingKey> hmacKeys = new ArrayList<>();
  private final List<VerifyingKey> publicKeys = new ArrayList<>();

  StandardWebhooksVerifier(Duration tolerance, List<TenantSecret> secrets) {
    this.tolerance = tolerance;
    for (TenantSecret secret : secrets) {
      String text = secret.secret().text();
      if (text.startsWith(PUBLIC_KEY_PREFIX)) {
        byte[] key = decode(text.substring(PUBLIC_KEY_PREFIX.length())).orElse(new byte[0]);
        publicKeys.add(VerifyingKey.Ed25519.of(secret.tenant(), key));
      } else if (text.startsWith(SECRET_PREFIX)) {
        byte[] key = decode(text.substring(SECRET_PREFIX.length())).orElse(new byte[0]);
        if (key.length < SHORTEST_SECRET || key.length > LONGEST_SECRET) {
          throw new IllegalArgumentException(
              "a secret of tenant %s must be whsec_ and %d to %d bytes in base64"
                  .formatted(secret.tenant(), SHORTEST_SECRET, LONGEST_SECRET));
        }
        hmacKeys.add(VerifyingKey.Hmac.of(secret.tenant(), key, "HmacSHA256"));
      } else {
        throw new IllegalArgumentException(
            "a secret of tenant %s must begin with whsec_ (a secret) or whpk_ (a public key)"
                .formatted(secret.tenant()));
      }
    }
  }

  @Override
  public Verification verify(HttpHeaders headers, byte[] body, Instant now) {
    String idHeader = idHeader(headers);
    String family = idHeader.substring(0, idHeader.length() - "id".length());
    Optional<String> id = SignatureVerifier.single(headers, idHeader);
    Optional<String> timestamp = SignatureVerifier.single(headers, family + "timestamp");
    Optional<String> signatures = SignatureVerifier.single(headers, family + "signature");
    if (id.isEmpty() || timestamp.isEmpty() || signatures.isEmpty()) {
      return Failed.MISSING;
    }
    Optional<Failed> failure = SignatureVerifier.timestampFailure(timestamp.get(), now, tolerance);
    if (failure.isPresent()) {
      return failure.get();
    }
    String prefix = id.get() + "." + timestamp.get() + ".";
    List<String> sent = SIGNATURES.splitToStream(signatures.get()).limit(MOST_SIGNATURES).toList();
    Verification byHmac =
        SignatureVerifier.verify(hmacKeys, signatures(sent, HMAC, MOST_SIGNATURES), prefix, body);
    return byHmac == Failed.MISMATCH
        ? SignatureVerifier.verify(
            publicKeys, signatures(sent, ED25519, MOST_PUBLIC_KEY_SIGNATURES), prefix, body)
        : byHmac;
  }

  /** The header of a request's ID: senders that use Svix may call all three headers after it. */
  static String idHeader(HttpHeaders headers) {
    return !headers.contains(ID_HEADER) && headers.contains(OTHER_ID_HEADER)
        ? OTHER_ID_HEADER
        : ID_HEADER;
  }

  @Override
  public List<VerifyingKey> keys() {
    return Stream.concat(hmacKeys.stream(), publicKeys.stream()).toList();
  }

  /** Those of {@code version}; others may be of one that is yet to come. */
  private static List<byte[]> signatures(List<String> sent, String version, int most) {
    return sent.stream()
        .filter(signature -> signature.startsWith(version))
        .flatMap(signature -> decode(signature.substring(version.length())).stream())
        .limit(most)
        .toList();
  }

  private static Optional<byte[]> decode(String base64) {
    try {
      return Optional.of(Base64.getDecoder().decode(base64));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
