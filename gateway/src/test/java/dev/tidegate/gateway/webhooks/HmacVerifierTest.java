package dev.tidegate.gateway.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpHeaders;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac.Algorithm;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac.Encoding;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.Verification.Verified;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HmacVerifierTest {
  private static final String HEADER = "X-T49-Webhook-Signature";
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);

  /** RFC 4231's test case 2, which every implementation of HMAC-SHA256 must give. */
  private static final byte[] BODY = "what do ya want for nothing?".getBytes(UTF_8);

  private static final String KEY = "Jefe";
  private static final String SIGNATURE =
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

  private final HmacVerifier terminal49 =
      new HmacVerifier(HmacVerifier.TERMINAL49, secrets("acme", KEY));

  @Test
  void terminal49SignsWithHexadecimalHmacSha256() {
    assertThat(verify(SIGNATURE)).isEqualTo(new Verified("acme"));
    // The same bytes, written otherwise.
    assertThat(verify(SIGNATURE.toUpperCase(Locale.ROOT))).isEqualTo(new Verified("acme"));
  }

  @Test
  void anythingElseFails() {
    assertThat(verify("6" + SIGNATURE.substring(1))).isEqualTo(Failed.MISMATCH);
    assertThat(verify(SIGNATURE.substring(2))).isEqualTo(Failed.MISMATCH);
    assertThat(verify(SIGNATURE + "00")).isEqualTo(Failed.MISMATCH);
    assertThat(verify("")).isEqualTo(Failed.MISMATCH);
    assertThat(verify(SIGNATURE.substring(1))).isEqualTo(Failed.MALFORMED);
    assertThat(verify("sha256=" + SIGNATURE)).isEqualTo(Failed.MALFORMED);
    assertThat(terminal49.verify(HttpHeaders.of(), BODY, NOW)).isEqualTo(Failed.MISSING);
    assertThat(terminal49.verify(HttpHeaders.of(HEADER, SIGNATURE, HEADER, SIGNATURE), BODY, NOW))
        .isEqualTo(Failed.MISSING);
  }

  @Test
  void everyBitOfTheBodyCounts() {
    for (int bit = 0; bit < BODY.length * 8; bit++) {
      byte[] altered = BODY.clone();
      altered[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(terminal49.verify(HttpHeaders.of(HEADER, SIGNATURE), altered, NOW))
          .isEqualTo(Failed.MISMATCH);
    }
  }

  @Test
  void theTenantIsThatOfTheSecretAndRotatesWithTwo() {
    HmacVerifier rotating =
        new HmacVerifier(
            HmacVerifier.TERMINAL49,
            List.of(
                new TenantSecret("acme", Secret.of("old")),
                new TenantSecret("acme", Secret.of("new")),
                new TenantSecret("beta", Secret.of("other"))));
    assertThat(rotating.verify(signedBy("old"), BODY, NOW)).isEqualTo(new Verified("acme"));
    assertThat(rotating.verify(signedBy("new"), BODY, NOW)).isEqualTo(new Verified("acme"));
    assertThat(rotating.verify(signedBy("other"), BODY, NOW)).isEqualTo(new Verified("beta"));
    assertThat(rotating.verify(signedBy("older"), BODY, NOW)).isEqualTo(Failed.MISMATCH);
  }

  @ParameterizedTest
  @EnumSource(Algorithm.class)
  void genericSchemesHavePrefixAlgorithmEncodingAndTimestamp(Algorithm algorithm) {
    GenericHmac scheme =
        new GenericHmac(
            "x-signature",
            "sig=",
            algorithm,
            Encoding.BASE64,
            Optional.of("x-time"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Duration.ofMinutes(1),
            false);
    HmacVerifier generic = new HmacVerifier(scheme, secrets("acme", KEY));
    byte[] signed =
        Signatures.hmac(
            "Hmac" + algorithm.name(), KEY.getBytes(UTF_8), "1700000000.".getBytes(UTF_8), BODY);
    String signature = "sig=" + Base64.getEncoder().encodeToString(signed);
    HttpHeaders headers = HttpHeaders.of("x-signature", signature, "x-time", "1700000000");
    assertThat(generic.verify(headers, BODY, NOW)).isEqualTo(new Verified("acme"));
    assertThat(generic.verify(headers, BODY, NOW.plusSeconds(61))).isEqualTo(Failed.EXPIRED);
    assertThat(generic.verify(HttpHeaders.of("x-signature", signature), BODY, NOW))
        .isEqualTo(Failed.MISSING);
    assertThat(
            generic.verify(
                HttpHeaders.of("x-signature", signature, "x-time", "1700000001"), BODY, NOW))
        .isEqualTo(Failed.MISMATCH);
    assertThat(
            generic.verify(
                HttpHeaders.of("x-signature", signature.substring(4), "x-time", "1700000000"),
                BODY,
                NOW))
        .isEqualTo(Failed.MALFORMED);
  }

  @Test
  void anEmptySecretIsRefused() {
    assertThatThrownBy(() -> new HmacVerifier(HmacVerifier.TERMINAL49, secrets("acme", "")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("acme");
  }

  private Verification verify(String signature) {
    return terminal49.verify(HttpHeaders.of(HEADER, signature), BODY, NOW);
  }

  private static HttpHeaders signedBy(String key) {
    return HttpHeaders.of(
        HEADER, Signatures.hex(Signatures.hmac("HmacSHA256", key.getBytes(UTF_8), BODY)));
  }

  private static List<TenantSecret> secrets(String tenant, String secret) {
    return List.of(new TenantSecret(tenant, Secret.of(secret)));
  }
}
