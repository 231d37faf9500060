package dev.tidegate.gateway.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpHeadersBuilder;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.Verification.Verified;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The specification's own example, and what must not pass. */
class StandardWebhooksVerifierTest {
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  private static final long TIMESTAMP = 1_614_265_330;
  private static final Instant NOW = Instant.ofEpochSecond(TIMESTAMP);
  private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
  private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  private static final Verified ACME = new Verified("acme");

  private final StandardWebhooksVerifier verifier = verifier(new TenantSecret("acme", secret()));

  @Test
  void theSpecificationsExampleIsValid() {
    assertThat(verify(SIGNATURE)).isEqualTo(ACME);
  }

  @Test
  void anyOfTheListCounts() {
    assertThat(verify("v1,AAAA v2,later " + SIGNATURE)).isEqualTo(ACME);
    assertThat(verify(SIGNATURE + " v1,AAAA")).isEqualTo(ACME);
    assertThat(verify("v1,AAAA ".repeat(10) + SIGNATURE)).isEqualTo(Failed.MISMATCH);
  }

  @Test
  void tenSignaturesCostWhatOneCosts() {
    byte[] large = new byte[1 << 20];
    String forged = "v1," + Base64.getEncoder().encodeToString(new byte[32]) + " ";
    long one = processorTime(() -> verifier.verify(headers(forged).build(), large, NOW));
    long ten = processorTime(() -> verifier.verify(headers(forged.repeat(10)).build(), large, NOW));
    assertThat(ten).isLessThan(one * 3);
  }

  /** The least of several times. */
  private static long processorTime(Runnable work) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return IntStream.range(0, 20)
        .mapToLong(
            i -> {
              long before = threads.getCurrentThreadCpuTime();
              work.run();
              return threads.getCurrentThreadCpuTime() - before;
            })
        .min()
        .orElseThrow();
  }

  @Test
  void signaturesOfPublicKeysAreFewForEachCostsAComputation() throws Exception {
    String wrong = "v1a," + Base64.getEncoder().encodeToString(new byte[64]) + " ";
    KeyPair pair = ed25519();
    StandardWebhooksVerifier asymmetric = verifier(new TenantSecret("acme", publicKey(pair)));
    assertThat(asymmetric.verify(headers(wrong + signed(pair)).build(), BODY, NOW)).isEqualTo(ACME);
    assertThat(asymmetric.verify(headers(wrong.repeat(2) + signed(pair)).build(), BODY, NOW))
        .isEqualTo(Failed.MISMATCH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "v1",
        "v1,",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O==",
        "v1,g0hM9SsE",
        "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,G0HM9SSE+OTPJTGT/TMIKTSYZLE3UFJELVLNIOLJ1OE=",
        "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        "v1,not base64",
        "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
      })
  void anythingElseIsNot(String signature) {
    assertThat(verify(signature)).isEqualTo(Failed.MISMATCH);
  }

  @Test
  void everyBitOfTheBodyCounts() {
    for (int bit = 0; bit < BODY.length * 8; bit++) {
      byte[] altered = BODY.clone();
      altered[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(verifier.verify(headers(SIGNATURE).build(), altered, NOW))
          .isEqualTo(Failed.MISMATCH);
    }
  }

  @Test
  void idAndTimestampAreSignedToo() {
    assertThat(verify(headers(SIGNATURE).set("webhook-id", "msg_another")))
        .isEqualTo(Failed.MISMATCH);
    assertThat(verify(headers(SIGNATURE).setLong("webhook-timestamp", TIMESTAMP + 1)))
        .isEqualTo(Failed.MISMATCH);
  }

  @Test
  void aTimestampMustBeNear() {
    HttpHeaders headers = headers(SIGNATURE).build();
    Duration tolerance = Duration.ofMinutes(5);
    assertThat(verifier.verify(headers, BODY, NOW.plus(tolerance))).isEqualTo(ACME);
    assertThat(verifier.verify(headers, BODY, NOW.minus(tolerance))).isEqualTo(ACME);
    assertThat(verifier.verify(headers, BODY, NOW.plus(tolerance).plusSeconds(1)))
        .isEqualTo(Failed.EXPIRED);
    assertThat(verifier.verify(headers, BODY, NOW.minus(tolerance).minusSeconds(1)))
        .isEqualTo(Failed.EXPIRED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "now", "-1614265330", "+1614265330", "1614265330.0", "٣", "9999999999999"})
  void aTimestampIsDecimalDigits(String timestamp) {
    assertThat(SignatureVerifier.timestampFailure(timestamp, NOW, Duration.ofMinutes(5)))
        .contains(Failed.MALFORMED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"webhook-id", "webhook-timestamp", "webhook-signature"})
  void eachHeaderMustBeThereOnce(String name) {
    assertThat(verify(headers(SIGNATURE).removeAndThen(name))).isEqualTo(Failed.MISSING);
    HttpHeadersBuilder twice = headers(SIGNATURE);
    twice.add(name, twice.get(name));
    assertThat(verify(twice)).isEqualTo(Failed.MISSING);
  }

  @Test
  void theTenantIsThatOfTheSecret() {
    byte[] other = new byte[24];
    Arrays.fill(other, (byte) 7);
    StandardWebhooksVerifier rotating =
        verifier(
            new TenantSecret(
                "beta", Secret.of("whsec_" + Base64.getEncoder().encodeToString(other))),
            new TenantSecret("acme", secret()));
    assertThat(rotating.verify(headers(SIGNATURE).build(), BODY, NOW)).isEqualTo(ACME);
    byte[] signed =
        Signatures.hmac("HmacSHA256", other, (ID + "." + TIMESTAMP + ".").getBytes(UTF_8), BODY);
    String byBeta = "v1," + Base64.getEncoder().encodeToString(signed);
    assertThat(rotating.verify(headers(byBeta).build(), BODY, NOW)).isEqualTo(new Verified("beta"));
    assertThat(verify(byBeta)).isEqualTo(Failed.MISMATCH);
  }

  @Test
  void publicKeysVerifyToo() throws Exception {
    KeyPair pair = ed25519();
    StandardWebhooksVerifier asymmetric =
        verifier(new TenantSecret("acme", publicKey(pair)), new TenantSecret("beta", secret()));
    String valid = signed(pair);
    assertThat(asymmetric.verify(headers(valid).build(), BODY, NOW)).isEqualTo(ACME);
    assertThat(asymmetric.verify(headers(SIGNATURE).build(), BODY, NOW))
        .isEqualTo(new Verified("beta"));
    String altered =
        valid.replaceFirst("v1a,(.{9}).", valid.charAt(13) == 'A' ? "v1a,$1B" : "v1a,$1A");
    assertThat(asymmetric.verify(headers(altered).build(), BODY, NOW)).isEqualTo(Failed.MISMATCH);
    assertThat(asymmetric.verify(headers("v1a,AAAA").build(), BODY, NOW))
        .isEqualTo(Failed.MISMATCH);
  }

  private static KeyPair ed25519() throws GeneralSecurityException {
    return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
  }

  private static Secret publicKey(KeyPair pair) {
    byte[] encoded = pair.getPublic().getEncoded();
    byte[] key = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    return Secret.of("whpk_" + Base64.getEncoder().encodeToString(key));
  }

  private static String signed(KeyPair pair) throws GeneralSecurityException {
    Signature signer = Signature.getInstance("Ed25519");
    signer.initSign(pair.getPrivate());
    signer.update((ID + "." + TIMESTAMP + ".").getBytes(UTF_8));
    signer.update(BODY);
    return "v1a," + Base64.getEncoder().encodeToString(signer.sign());
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret-thing", "whsec_", "whsec_§secret-thing", "whpk_secret-thing"})
  void secretsThatAreNoneAreRefusedAndNotShown(String secret) {
    assertThatThrownBy(() -> verifier(new TenantSecret("acme", Secret.of(secret))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("acme")
        .hasMessageNotContaining("secret-thing");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 23, 65})
  void aSecretOfAnotherLengthIsRefused(int bytes) {
    assertThatThrownBy(() -> verifier(new TenantSecret("acme", secretOf(bytes))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a secret of tenant acme must be whsec_ and 24 to 64 bytes in base64");
  }

  @ParameterizedTest
  @ValueSource(ints = {24, 64})
  void aSecretMayHaveTheBoundsLength(int bytes) {
    assertThat(verifier(new TenantSecret("acme", secretOf(bytes)))).isNotNull();
  }

  private static Secret secretOf(int bytes) {
    return Secret.of("whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]));
  }

  private Verification verify(String signature) {
    return verify(headers(signature));
  }

  private Verification verify(HttpHeadersBuilder headers) {
    return verifier.verify(headers.build(), BODY, NOW);
  }

  private static HttpHeadersBuilder headers(String signature) {
    return HttpHeaders.builder()
        .set("webhook-id", ID)
        .setLong("webhook-timestamp", TIMESTAMP)
        .set("webhook-signature", signature);
  }

  private static Secret secret() {
    return Secret.of(SECRET);
  }

  private static StandardWebhooksVerifier verifier(TenantSecret... secrets) {
    return new StandardWebhooksVerifier(Duration.ofMinutes(5), List.of(secrets));
  }
}
