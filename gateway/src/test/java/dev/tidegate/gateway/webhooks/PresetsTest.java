package dev.tidegate.gateway.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.webhooks.Verification.Failed;
import dev.tidegate.gateway.webhooks.Verification.Verified;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How each provider signs: by the example that it publishes, where there is one. */
class PresetsTest {
  private static final Verified ACME = new Verified("acme");
  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final byte[] BODY = "{\"id\":\"evt_1\",\"type\":\"charge.paid\"}".getBytes(UTF_8);

  @Test
  void githubsExample() {
    byte[] body = "Hello, World!".getBytes(UTF_8);
    HttpHeaders signed =
        HttpHeaders.of(
            "X-Hub-Signature-256",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    SignatureVerifier github = verifier("GITHUB", "It's a Secret to Everybody");
    assertThat(github.verify(signed, body, NOW)).isEqualTo(ACME);
    assertThat(github.verify(signed, BODY, NOW)).isEqualTo(Failed.MISMATCH);
    assertThat(verifier("GITHUB", "another").verify(signed, body, NOW)).isEqualTo(Failed.MISMATCH);
    // SHA-1 is not asked.
    assertThat(github.verify(HttpHeaders.of("X-Hub-Signature", "sha1=00"), body, NOW))
        .isEqualTo(Failed.MISSING);
  }

  @Test
  void slacksExample() {
    byte[] body =
        ("token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
                + "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA"
                + "&user_name=roadrunner&command=%2Fwebhook-collect&text="
                + "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J"
                + "%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
                + "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c")
            .getBytes(UTF_8);
    Instant sent = Instant.ofEpochSecond(1_531_420_618);
    HttpHeaders signed =
        HttpHeaders.of(
            "X-Slack-Signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
            "X-Slack-Request-Timestamp",
            "1531420618");
    SignatureVerifier slack = verifier("SLACK", "8f742231b10e8888abcd99yyyzzz85a5");
    assertThat(slack.verify(signed, body, sent)).isEqualTo(ACME);
    assertThat(slack.verify(signed, body, sent.plusSeconds(301))).isEqualTo(Failed.EXPIRED);
    assertThat(slack.verify(signed, body, sent.minusSeconds(301))).isEqualTo(Failed.EXPIRED);
    HttpHeaders later = signed.toBuilder().set("X-Slack-Request-Timestamp", "1531420619").build();
    assertThat(slack.verify(later, body, sent)).isEqualTo(Failed.MISMATCH);
    assertThat(verifier("SLACK", "another").verify(signed, body, sent)).isEqualTo(Failed.MISMATCH);
  }

  @Test
  void twiliosExample() {
    String path =
        "/webhooks/endpoint?foo=1&bar=2&bodySHA256="
            + "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    byte[] body = "{\"property\": \"value\", \"boolean\": true}".getBytes(UTF_8);
    SignatureVerifier twilio =
        SignatureVerifier.of(
            TestEndpoints.of(
                Map.of("scheme", "TWILIO", "url", "https://mycompany.com/myapp.php"), "12345"));
    assertThat(twilio.verify(twilio(path), body, NOW)).isEqualTo(ACME);
    assertThat(twilio.verify(twilio(path), BODY, NOW)).isEqualTo(Failed.MISMATCH);
    assertThat(twilio.verify(twilio(path + "&more=1"), body, NOW)).isEqualTo(Failed.MISMATCH);
    assertThat(twilio.verify(twilio(path + "&bodySHA256=0"), body, NOW)).isEqualTo(Failed.MISSING);
    // A form's parameters are signed in another way, and no handler could read them.
    assertThat(twilio.verify(twilio("/webhooks/endpoint"), body, NOW)).isEqualTo(Failed.MISSING);
  }

  private static RequestHeaders twilio(String path) {
    return RequestHeaders.of(
        HttpMethod.POST, path, "X-Twilio-Signature", "a9nBmqA0ju/hNViExpshrM61xv4=");
  }

  @Test
  void stripeMaySendSeveralSignaturesAndOneTime() {
    SignatureVerifier stripe = verifier("STRIPE", "whsec_one");
    String valid = "v1=" + hex("whsec_one", "1700000000.");
    String forged = "v1=" + hex("whsec_two", "1700000000.");
    assertThat(stripe.verify(stripe("t=1700000000," + valid), BODY, NOW)).isEqualTo(ACME);
    assertThat(stripe.verify(stripe("t=1700000000," + forged + "," + valid + ",v0=7"), BODY, NOW))
        .isEqualTo(ACME);
    assertThat(stripe.verify(stripe("t=1700000000, " + forged), BODY, NOW))
        .isEqualTo(Failed.MISMATCH);
    assertThat(stripe.verify(stripe("t=1700000000," + valid), BODY, NOW.plusSeconds(301)))
        .isEqualTo(Failed.EXPIRED);
    assertThat(stripe.verify(stripe("t=1700000001," + valid), BODY, NOW))
        .isEqualTo(Failed.MISMATCH);
    assertThat(stripe.verify(stripe("t=1700000000,t=1700000001," + valid), BODY, NOW))
        .isEqualTo(Failed.MISSING);
    assertThat(stripe.verify(stripe(valid), BODY, NOW)).isEqualTo(Failed.MISSING);
    assertThat(stripe.verify(stripe("t=now," + valid), BODY, NOW)).isEqualTo(Failed.MALFORMED);
    assertThat(stripe.verify(stripe("t=1700000000,v0=" + valid.substring(3)), BODY, NOW))
        .isEqualTo(Failed.MALFORMED);
  }

  @Test
  void ofMoreThanTenSignaturesTheFirstTenCount() {
    SignatureVerifier stripe = verifier("STRIPE", "whsec_one");
    String valid = ",v1=" + hex("whsec_one", "1700000000.");
    String forged = ",v1=" + hex("whsec_two", "1700000000.");
    assertThat(stripe.verify(stripe("t=1700000000" + forged.repeat(9) + valid), BODY, NOW))
        .isEqualTo(ACME);
    assertThat(stripe.verify(stripe("t=1700000000" + forged.repeat(10) + valid), BODY, NOW))
        .isEqualTo(Failed.MISMATCH);
  }

  @Test
  void shopifySignsTheBodyInBase64() {
    SignatureVerifier shopify = verifier("SHOPIFY", "hush");
    String signature =
        Base64.getEncoder()
            .encodeToString(Signatures.hmac("HmacSHA256", "hush".getBytes(UTF_8), BODY));
    assertThat(shopify.verify(HttpHeaders.of("X-Shopify-Hmac-SHA256", signature), BODY, NOW))
        .isEqualTo(ACME);
    assertThat(shopify.verify(HttpHeaders.of("X-Shopify-Hmac-SHA256", "?"), BODY, NOW))
        .isEqualTo(Failed.MALFORMED);
    assertThat(
            verifier("SHOPIFY", "loud")
                .verify(HttpHeaders.of("X-Shopify-Hmac-SHA256", signature), BODY, NOW))
        .isEqualTo(Failed.MISMATCH);
  }

  @Test
  void aConfiguredHmacCanDoWhatThePresetsDo() {
    SignatureVerifier hmac =
        SignatureVerifier.of(
            TestEndpoints.of(
                Map.of(
                    "scheme", "HMAC",
                    "header", "X-Sign",
                    "prefix", "s=",
                    "timestampPrefix", "at=",
                    "signed", "v2|{timestamp}|{body}",
                    "notificationIdPointer", "/id",
                    "eventTypePointer", "/type"),
                "secret"));
    String header = "at=1700000000,s=00,s=" + hex("secret", "v2|1700000000|");
    assertThat(hmac.verify(HttpHeaders.of("X-Sign", header), BODY, NOW)).isEqualTo(ACME);
    assertThat(hmac.verify(HttpHeaders.of("X-Sign", header), BODY, NOW.minusSeconds(301)))
        .isEqualTo(Failed.EXPIRED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"webhook-", "svix-"})
  void standardWebhooksMayBeCalledAfterSvix(String family) {
    String secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    byte[] key = Base64.getDecoder().decode(secret.substring(6));
    String signature =
        Base64.getEncoder()
            .encodeToString(
                Signatures.hmac("HmacSHA256", key, "m-1.1700000000.".getBytes(UTF_8), BODY));
    HttpHeaders headers =
        HttpHeaders.of(
            family + "id",
            "m-1",
            family + "timestamp",
            "1700000000",
            family + "signature",
            "v1," + signature);
    SignatureVerifier standard = verifier("STANDARD_WEBHOOKS", secret);
    assertThat(standard.verify(headers, BODY, NOW)).isEqualTo(ACME);
    WebhookReceiver receiver =
        new WebhookReceiver(TestEndpoints.of("shop", "STANDARD_WEBHOOKS", secret));
    assertThat(receiver.read(headers, BODY).notificationId()).contains("m-1");
    // An ID that is not signed is not read beside one that is.
    HttpHeaders both = headers.toBuilder().set("webhook-id", "m-2").build();
    assertThat(standard.verify(both, BODY, NOW)).isIn(Failed.MISSING, Failed.MISMATCH);
  }

  @Test
  void whatIsKeptFitsAndProvesNothing() {
    WebhookReceiver github =
        new WebhookReceiver(
            TestEndpoints.of(
                Map.of("scheme", "GITHUB", "keepHeaders", List.of("X-Mirror", "X-Long", "X-None")),
                "secret"));
    HttpHeaders headers =
        HttpHeaders.builder()
            .add("X-GitHub-Event", "push")
            .add("X-GitHub-Delivery", "d-1")
            .add("X-GitHub-Hook-ID", "7")
            .add("X-Mirror", "one")
            .add("X-Mirror", "two")
            .add("X-Long", "x".repeat(1_025))
            .add("X-Hub-Signature-256", "sha256=00")
            .add("Authorization", "Bearer secret")
            .add("Cookie", "a=b")
            .build();
    assertThat(github.kept(headers))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "header.x-github-event", "push",
                "header.x-github-delivery", "d-1",
                "header.x-github-hook-id", "7",
                "header.x-mirror", "one, two"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Authorization", "proxy-authorization", "COOKIE", "Set-Cookie", "X-Hub-Signature-256",
        "X-Shopify-Hmac-Sha256", "X-Api-Key", "X-Gitlab-Token", "X-My-Secret", "stripe-signature"
      })
  void noEndpointKeepsWhatProvesWhoSends(String header) {
    WebhookEndpoint endpoint =
        TestEndpoints.of(Map.of("scheme", "STRIPE", "keepHeaders", List.of(header)), "s");
    assertThatThrownBy(() -> new WebhookReceiver(endpoint))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must not be kept");
  }

  private static HttpHeaders stripe(String value) {
    return HttpHeaders.of("Stripe-Signature", value);
  }

  private static String hex(String secret, String before) {
    return Signatures.hex(
        Signatures.hmac("HmacSHA256", secret.getBytes(UTF_8), before.getBytes(UTF_8), BODY));
  }

  private static SignatureVerifier verifier(String scheme, String secret) {
    return SignatureVerifier.of(TestEndpoints.of("endpoint", scheme, secret));
  }
}
