package dev.tidegate.gateway.webhooks;

import com.google.common.base.Splitter;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.QueryParams;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac.Encoding;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.schemas.Sha256;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Verifies a {@link GenericHmac}. */
final class HmacVerifier implements SignatureVerifier {
  /** Terminal49's signatures, as a generic scheme. */
  static final GenericHmac TERMINAL49 = GenericHmac.ofBody("X-T49-Webhook-Signature");

  private static final Splitter ELEMENTS = Splitter.on(',').trimResults();
  private static final String BODY_HASH = "bodySHA256";
  private static final byte[] NOTHING = {};

  private final AsciiString header;
  private final Optional<AsciiString> timestampHeader;
  private final String signedBeforeBody;
  private final GenericHmac scheme;
  private final List<VerifyingKey> keys;

  HmacVerifier(GenericHmac scheme, List<TenantSecret> secrets) {
    this.scheme = scheme;
    header = HttpHeaderNames.of(scheme.header());
    timestampHeader = scheme.timestampHeader().map(HttpHeaderNames::of);
    signedBeforeBody = scheme.signedBeforeBody();
    String algorithm = "Hmac" + scheme.algorithm().name();
    keys =
        secrets.stream()
            .<VerifyingKey>map(
                secret -> VerifyingKey.Hmac.of(secret.tenant(), secret.secret().bytes(), algorithm))
            .toList();
  }

  @Override
  public Verification verify(HttpHeaders headers, byte[] body, Instant now) {
    Optional<String> value = SignatureVerifier.single(headers, header);
    if (value.isEmpty()) {
      return Failed.MISSING;
    }
    List<String> elements = ELEMENTS.splitToList(value.get());
    List<byte[]> signatures =
        startingWith(scheme.prefix(), elements)
            .limit(MOST_SIGNATURES)
            .flatMap(text -> decode(text).stream())
            .toList();
    if (signatures.isEmpty()) {
      return Failed.MALFORMED;
    }
    if (scheme.url().isPresent()) {
      return verifyUrl(scheme.url().get(), headers, body, signatures);
    }
    String before = signedBeforeBody;
    if (timestampHeader.isPresent() || scheme.timestampPrefix().isPresent()) {
      Optional<String> timestamp = timestamp(headers, elements);
      if (timestamp.isEmpty()) {
        return Failed.MISSING;
      }
      Optional<Failed> failure =
          SignatureVerifier.timestampFailure(timestamp.get(), now, scheme.tolerance());
      if (failure.isPresent()) {
        return failure.get();
      }
      before = before.replace("{timestamp}", timestamp.get());
    }
    return SignatureVerifier.verify(keys, signatures, before, body);
  }

  /** The URL is signed, and tells the body's hash. */
  private Verification verifyUrl(
      String url, HttpHeaders headers, byte[] body, List<byte[]> signatures) {
    String path = headers.get(HttpHeaderNames.PATH, "");
    int query = path.indexOf('?');
    List<String> hashes =
        query < 0
            ? List.of()
            : QueryParams.fromQueryString(path.substring(query + 1)).getAll(BODY_HASH);
    if (hashes.size() != 1) {
      return Failed.MISSING;
    }
    boolean isOfBody =
        MessageDigest.isEqual(
            hashes.get(0).getBytes(StandardCharsets.US_ASCII),
            Sha256.hexOf(body).getBytes(StandardCharsets.US_ASCII));
    return isOfBody
        ? SignatureVerifier.verify(keys, signatures, url + path.substring(query), NOTHING)
        : Failed.MISMATCH;
  }

  /** The one time of sending; empty where there is none, or several. */
  private Optional<String> timestamp(HttpHeaders headers, List<String> elements) {
    if (timestampHeader.isPresent()) {
      return SignatureVerifier.single(headers, timestampHeader.get());
    }
    List<String> found = startingWith(scheme.timestampPrefix().orElseThrow(), elements).toList();
    return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
  }

  private static Stream<String> startingWith(String prefix, List<String> elements) {
    return elements.stream()
        .filter(element -> element.startsWith(prefix))
        .map(element -> element.substring(prefix.length()));
  }

  @Override
  public List<VerifyingKey> keys() {
    return keys;
  }

  private Optional<byte[]> decode(String text) {
    try {
      return Optional.of(
          scheme.encoding() == Encoding.HEX
              // Either case: the bytes are the same.
              ? HexFormat.of().parseHex(text)
              : Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
