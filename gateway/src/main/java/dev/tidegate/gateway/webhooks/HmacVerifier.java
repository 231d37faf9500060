package dev.tidegate.gateway.webhooks;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac.Encoding;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import io.netty.util.AsciiString;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** An HMAC in a header, of the body alone or with a timestamp before it. */
final class HmacVerifier implements SignatureVerifier {
  /** Terminal49's signatures, as a generic scheme. */
  static final GenericHmac TERMINAL49 =
      new GenericHmac(
          "X-T49-Webhook-Signature",
          "",
          GenericHmac.Algorithm.SHA256,
          Encoding.HEX,
          Optional.empty(),
          Duration.ZERO,
          new Place.Body("/data/id"),
          new Place.Body("/data/attributes/event"));

  private final AsciiString header;
  private final String prefix;
  private final Encoding encoding;
  private final Optional<AsciiString> timestampHeader;
  private final Duration tolerance;
  private final List<VerifyingKey> keys;

  HmacVerifier(GenericHmac scheme, List<TenantSecret> secrets) {
    header = HttpHeaderNames.of(scheme.header());
    prefix = scheme.prefix();
    encoding = scheme.encoding();
    timestampHeader = scheme.timestampHeader().map(HttpHeaderNames::of);
    tolerance = scheme.tolerance();
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
    Optional<byte[]> signature = value.flatMap(this::decode);
    if (signature.isEmpty()) {
      return Failed.MALFORMED;
    }
    String before = "";
    if (timestampHeader.isPresent()) {
      Optional<String> timestamp = SignatureVerifier.single(headers, timestampHeader.get());
      if (timestamp.isEmpty()) {
        return Failed.MISSING;
      }
      Optional<Failed> failure =
          SignatureVerifier.timestampFailure(timestamp.get(), now, tolerance);
      if (failure.isPresent()) {
        return failure.get();
      }
      before = timestamp.get() + ".";
    }
    return SignatureVerifier.verify(keys, List.of(signature.get()), before, body);
  }

  @Override
  public List<VerifyingKey> keys() {
    return keys;
  }

  private Optional<byte[]> decode(String value) {
    if (!value.startsWith(prefix)) {
      return Optional.empty();
    }
    String text = value.substring(prefix.length());
    try {
      return Optional.of(
          switch (encoding) {
            // Either case: the bytes are the same.
            case HEX -> HexFormat.of().parseHex(text);
            case BASE64 -> Base64.getDecoder().decode(text);
          });
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }
}
