package dev.tidegate.gateway.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.OutgoingEvent;
import dev.tidegate.gateway.webhooks.SignatureScheme.StandardWebhooks;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.testing.Patience;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Webhooks over HTTP: what is accepted, and as what; and how everything else is refused. */
class WebhookRoutesIT {
  private static final String TEXT =
      "{\"data\":{\"id\":\"n-1\",\"attributes\":{\"event\":\"container.transport.moved\"}}}";
  private static final byte[] BODY = TEXT.getBytes(UTF_8);
  private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private final RecordingPublisher publisher = new RecordingPublisher();
  private final WebhookServer server =
      new WebhookServer(
          publisher,
          WebhookServer.terminal49(),
          new WebhookEndpoint(
              "orders",
              "shop",
              new StandardWebhooks(StandardWebhooks.TOLERANCE),
              List.of(new TenantSecret("acme", Secret.of(SECRET))),
              List.of("198.51.100.0/24", "2001:db8::/32"),
              1_000),
          TestEndpoints.of("github", "GITHUB", "secret of github"),
          TestEndpoints.of("shopify", "SHOPIFY", "secret of shopify"),
          TestEndpoints.of("slack", "SLACK", "secret of slack"));

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aSignedNotificationIsAcceptedWithWhatItSaysOfItself() throws Exception {
    Instant before = Instant.now();
    HttpResponse<String> response =
        server.send(
            server
                .request("t49")
                .header("X-T49-Webhook-Signature", WebhookServer.signature("old secret", BODY))
                .header("Content-Type", "application/json")
                .header("User-Agent", "Sender/" + "1".repeat(2_000))
                .header("X-Forwarded-For", "192.0.2.1, 203.0.113.7")
                .header("traceparent", TRACE)
                .POST(BodyPublishers.ofByteArray(BODY)));

    assertThat(response.statusCode()).isEqualTo(202);
    assertThat(WebhookServer.json(response).get("success").asBoolean()).isTrue();
    assertThat(WebhookServer.json(response).get("eventId").asText())
        .isEqualTo(WebhookServer.TOKENS.of("acme", "terminal49", "n-1"));
    assertThat(WebhookServer.json(response).get("message").asText()).isNotBlank();
    OutgoingEvent event = publisher.last();
    assertThat(event.body()).isEqualTo(BODY);
    assertThat(event.attributes())
        .containsEntry("notification_id", "n-1")
        .containsEntry("event_type", "container.transport.moved")
        .containsEntry("source", "terminal49")
        .containsEntry("tenant_id", "acme")
        .containsEntry("signature_valid", "true")
        .containsEntry("source_ip", "203.0.113.7")
        .containsEntry("content_type", "application/json")
        .containsEntry("user_agent", "Sender/" + "1".repeat(1_024 - 7))
        .containsKey("request_id")
        .hasSize(11);
    assertThat(event.attributes()).containsEntry("traceparent", TRACE);
    assertThat(Instant.parse(event.attributes().get("received_at")))
        .isBetween(before.minusMillis(1), Instant.now());
    assertThat(server.accepted("terminal49")).isEqualTo(1);
  }

  @Test
  void theTenantIsThatOfTheSecretAndBothOfARotationCount() throws Exception {
    assertThat(server.post("new secret", BODY).statusCode()).isEqualTo(202);
    assertThat(publisher.last().attributes()).containsEntry("tenant_id", "acme");
    assertThat(server.post("beta secret", BODY).statusCode()).isEqualTo(202);
    assertThat(publisher.last().attributes()).containsEntry("tenant_id", "beta");
  }

  @Test
  void whatThePipelineCouldNeverReadIsRefused() throws Exception {
    String id = "/data/id";
    String type = "/data/attributes/event";
    assertUnreadable("", "", id, type);
    assertUnreadable("{", "", id, type);
    assertUnreadable("[]", "", id, type);
    assertUnreadable("payload=%7B%7D", "", id, type);
    assertUnreadable("{}", id, type);
    assertUnreadable("{\"data\":{\"id\":7,\"attributes\":{\"event\":\"e\"}}}", id);
    assertUnreadable("{\"data\":{\"id\":\"n-1\",\"attributes\":{\"event\":\"\"}}}", type);
    assertUnreadable(TEXT + " x", "");
    assertThat(server.rejected("invalid")).isEqualTo(8);
    assertThat(publisher.events()).isEmpty();
  }

  private void assertUnreadable(String body, String... pointers) throws Exception {
    HttpResponse<String> refused = server.post("old secret", body.getBytes(UTF_8));
    assertThat(refused.statusCode()).as(body).isEqualTo(422);
    assertThat(WebhookServer.json(refused).get("type").asText())
        .isEqualTo("urn:tidegate:problem:invalid-event");
    assertThat(WebhookServer.json(refused).findValuesAsText("pointer")).containsExactly(pointers);
    // Who cannot sign is told nothing of it.
    assertThat(server.post("another secret", body.getBytes(UTF_8)).statusCode()).isEqualTo(401);
  }

  @Test
  void aBodyThatIsEncodedIsRefused() throws Exception {
    ByteArrayOutputStream zipped = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
      gzip.write(BODY);
    }
    for (String encoding : List.of("gzip", "GZIP", "deflate", "br", "gzip, identity", "x")) {
      HttpResponse<String> refused = postEncoded(zipped.toByteArray(), encoding);
      assertThat(refused.statusCode()).as(encoding).isEqualTo(415);
      assertThat(refused.headers().firstValue("accept-encoding")).contains("identity");
    }
    assertThat(server.rejected("invalid")).isEqualTo(6);
    // Nor is it taken for something else where the header is missing.
    assertThat(server.post("old secret", zipped.toByteArray()).statusCode()).isEqualTo(422);
    assertThat(publisher.events()).isEmpty();
    assertThat(postEncoded(BODY, "Identity").statusCode()).isEqualTo(202);
  }

  @Test
  void gitHubsAndShopifysIdsAndTypesStandInHeaders() throws Exception {
    byte[] body = "{\"zen\":\"Keep it logically awesome.\"}".getBytes(UTF_8);
    byte[] signed = Signatures.hmac("HmacSHA256", "secret of github".getBytes(UTF_8), body);
    byte[] byShopify = Signatures.hmac("HmacSHA256", "secret of shopify".getBytes(UTF_8), body);
    HttpRequest.Builder fromGitHub =
        server
            .request("github")
            .header("X-Hub-Signature-256", "sha256=" + Signatures.hex(signed))
            .header("X-GitHub-Event", "ping")
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body));
    HttpResponse<String> without = server.send(fromGitHub);
    assertThat(without.statusCode()).isEqualTo(422);
    assertThat(WebhookServer.json(without).findValuesAsText("pointer"))
        .containsExactly("X-GitHub-Delivery");
    assertThat(
            server
                .send(fromGitHub.header("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab"))
                .statusCode())
        .isEqualTo(202);
    assertThat(publisher.last().attributes())
        .containsEntry("notification_id", "72d3162e-cc78-11e3-81ab")
        .containsEntry("event_type", "ping")
        .containsEntry("source", "github")
        .containsEntry("header.x-github-delivery", "72d3162e-cc78-11e3-81ab")
        .containsEntry("header.x-github-event", "ping")
        .doesNotContainKey("header.x-hub-signature-256");

    HttpResponse<String> fromShopify =
        server.send(
            server
                .request("shopify")
                .header("X-Shopify-Hmac-Sha256", Base64.getEncoder().encodeToString(byShopify))
                .header("X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043")
                .header("X-Shopify-Topic", "orders/create")
                .header("X-Shopify-Shop-Domain", "shop.example")
                .POST(BodyPublishers.ofByteArray(body)));
    assertThat(fromShopify.statusCode()).isEqualTo(202);
    assertThat(WebhookServer.json(fromShopify).get("eventId").asText())
        .isEqualTo(
            WebhookServer.TOKENS.of("acme", "shopify", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"));
    assertThat(publisher.last().attributes())
        .containsEntry("notification_id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043")
        .containsEntry("event_type", "orders/create")
        .containsEntry("header.x-shopify-topic", "orders/create")
        .containsEntry("header.x-shopify-shop-domain", "shop.example");
  }

  @Test
  void slackIsAnsweredItsChallengeOnceItsSignatureIsValid() throws Exception {
    String asked = "{\"type\":\"url_verification\",\"challenge\":\"3eZbrw1aB\"}";
    HttpResponse<String> answer = fromSlack(asked, "secret of slack");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(WebhookServer.json(answer).get("challenge").asText()).isEqualTo("3eZbrw1aB");
    assertThat(fromSlack(asked, "another").statusCode()).isEqualTo(401);
    assertThat(publisher.events()).isEmpty();
    String event =
        "{\"type\":\"event_callback\",\"event_id\":\"Ev08\",\"event\":{\"type\":\"message\"}}";
    assertThat(fromSlack(event, "secret of slack").statusCode()).isEqualTo(202);
    assertThat(publisher.last().attributes())
        .containsEntry("notification_id", "Ev08")
        .containsEntry("event_type", "message");
  }

  private HttpResponse<String> fromSlack(String body, String secret) throws Exception {
    String time = Long.toString(Instant.now().getEpochSecond());
    byte[] signed =
        Signatures.hmac(
            "HmacSHA256", secret.getBytes(UTF_8), ("v0:" + time + ":" + body).getBytes(UTF_8));
    return server.send(
        server
            .request("slack")
            .header("X-Slack-Request-Timestamp", time)
            .header("X-Slack-Signature", "v0=" + Signatures.hex(signed))
            .POST(BodyPublishers.ofString(body)));
  }

  @Test
  void withoutASignatureNothingIsTaken() throws Exception {
    HttpResponse<String> wrong = server.post("another secret", BODY);
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.headers().firstValue("content-type")).contains("application/problem+json");
    assertThat(WebhookServer.json(wrong).get("type").asText())
        .isEqualTo("urn:tidegate:problem:invalid-signature");
    assertThat(wrong.body()).doesNotContain("n-1");
    HttpResponse<String> missing =
        server.send(server.request("t49").POST(BodyPublishers.ofByteArray(BODY)));
    assertThat(missing.statusCode()).isEqualTo(401);
    assertThat(server.rejected("signature")).isEqualTo(2);
    assertThat(publisher.events()).isEmpty();
  }

  @Test
  void bodiesAreBoundedAlsoWithoutALength() throws Exception {
    byte[] largest =
        (TEXT + " ".repeat(WebhookEndpoint.MAX_BODY_BYTES - BODY.length)).getBytes(UTF_8);
    assertThat(server.post("old secret", largest).statusCode()).isEqualTo(202);
    byte[] larger = new byte[WebhookEndpoint.MAX_BODY_BYTES + 1];
    assertThat(server.post("old secret", larger).statusCode()).isEqualTo(413);
    HttpResponse<String> chunked =
        server.send(
            server
                .request("t49")
                .header("X-T49-Webhook-Signature", WebhookServer.signature("old secret", larger))
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(larger))));
    assertThat(chunked.statusCode()).isEqualTo(413);
    assertThat(server.rejected("too_large")).isEqualTo(2);
    assertThat(publisher.events()).hasSize(1);
  }

  @Test
  void aLengthThatLiesGainsNothing() throws Exception {
    String signature = WebhookServer.signature("old secret", BODY);
    assertThat(raw(signature, BODY.length - 1)).startsWith("HTTP/1.1 401");
    // Less comes than was said, and then nothing more.
    assertThat(raw(signature, BODY.length + 1))
        .doesNotContain(" 202 ")
        .doesNotContain("HTTP/1.1 5");
    assertThat(publisher.events()).isEmpty();
    assertThat(raw(signature, BODY.length)).startsWith("HTTP/1.1 202");
  }

  @Test
  void anEndpointHasItsOwnBoundAndAddresses() throws Exception {
    assertThat(post("203.0.113.7", "x").statusCode()).isEqualTo(403);
    assertThat(server.rejected("address")).isEqualTo(1);
    assertThat(post("198.51.100.9", "x".repeat(1_001)).statusCode()).isEqualTo(413);
    assertThat(post("198.51.100.9", "{\"type\":\"order.paid\"}").statusCode()).isEqualTo(202);
    assertThat(publisher.last().attributes())
        .containsEntry("notification_id", "msg_1")
        .containsEntry("event_type", "order.paid")
        .containsEntry("source", "shop")
        .containsEntry("source_ip", "198.51.100.9");
    assertThat(post("198.51.100.9", "{}").statusCode()).isEqualTo(422);
    assertThat(post("2001:db8::7", "{\"type\":\"a\"}").statusCode()).isEqualTo(202);
    assertThat(post("::ffff:198.51.100.9", "{\"type\":\"a\"}").statusCode()).isEqualTo(202);
  }

  @Test
  void otherAddressesAndMethodsAreProblemsToo() throws Exception {
    HttpResponse<String> unknown =
        server.send(server.request("nobody").POST(BodyPublishers.ofByteArray(BODY)));
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(WebhookServer.json(unknown).get("status").asInt()).isEqualTo(404);
    HttpResponse<String> get = server.send(server.request("t49").GET());
    assertThat(get.statusCode()).isEqualTo(405);
    assertThat(get.headers().firstValue("allow")).contains("POST");
    assertThat(WebhookServer.json(get).get("status").asInt()).isEqualTo(405);
  }

  @Test
  void mistakesOfTheConfigurationAreToldAllAtOnceWithoutSecrets() {
    WebhookEndpoint broken =
        new WebhookEndpoint(
            "first",
            "shop",
            new StandardWebhooks(StandardWebhooks.TOLERANCE),
            List.of(new TenantSecret("acme", Secret.of("not-one"))),
            List.of(),
            1_000);
    WebhookEndpoint second =
        new WebhookEndpoint(
            "second",
            "shop",
            new SignatureScheme.Terminal49(),
            List.of(new TenantSecret("acme", Secret.of("x"))),
            List.of("nowhere"),
            1_000);
    assertThatThrownBy(
            () ->
                new WebhookRoutes(
                    List.of(broken, second),
                    publisher,
                    WebhookServer.TOKENS,
                    new ClientAddress(List.of()),
                    new GatewayMetrics()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("first")
        .hasMessageContaining("second")
        .hasMessageContaining("nowhere")
        .hasMessageNotContaining("not-one");
  }

  @Test
  void aSecretHasOneOwnerWhateverItsSpelling() {
    Secret zeros = Secret.of(new byte[] {'k', 0, 0});
    String base64 = Base64.getEncoder().encodeToString("k".repeat(24).getBytes(UTF_8));
    assertRefused(
        "tenant beta equals one of tenant acme at endpoint first",
        terminal49("first", "acme", Secret.of("same")),
        terminal49("second", "beta", Secret.of("same")));
    assertRefused(
        "tenant acme equals one of tenant acme at endpoint first",
        terminal49("first", "acme", Secret.of("same")),
        terminal49("second", "acme", Secret.of("same")));
    assertRefused(
        "equals one of",
        terminal49("first", "acme", Secret.of("k")),
        terminal49("second", "beta", zeros));
    assertRefused(
        "equals one of",
        terminal49("first", "acme", Secret.of("k".repeat(24))),
        endpoint(
            "second",
            new StandardWebhooks(StandardWebhooks.TOLERANCE),
            new TenantSecret("beta", Secret.of("whsec_" + base64))));
    assertRefused(
        "equals one of",
        endpoint(
            "first",
            new SignatureScheme.Terminal49(),
            new TenantSecret("acme", Secret.of("same")),
            new TenantSecret("acme", Secret.of("same"))));
    assertRefused(
        "5 secrets at the most",
        endpoint(
            "first",
            new SignatureScheme.Terminal49(),
            IntStream.range(0, 6)
                .mapToObj(i -> new TenantSecret("acme", Secret.of("s" + i)))
                .toArray(TenantSecret[]::new)));
  }

  @Test
  void largeBodiesAreVerifiedElsewhere() throws Exception {
    byte[] large =
        TEXT.replace("n-1", "n" + "1".repeat(100)).concat(" ".repeat(500_000)).getBytes(UTF_8);
    assertThat(server.post("new secret", large).statusCode()).isEqualTo(202);
    assertThat(publisher.last().body()).isEqualTo(large);
    assertThat(server.post("no secret", large).statusCode()).isEqualTo(401);
  }

  private void assertRefused(String reason, WebhookEndpoint... endpoints) {
    assertThatThrownBy(
            () ->
                new WebhookRoutes(
                    List.of(endpoints),
                    publisher,
                    WebhookServer.TOKENS,
                    new ClientAddress(List.of()),
                    new GatewayMetrics()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(reason)
        .hasMessageNotContaining("same");
  }

  private static WebhookEndpoint terminal49(String name, String tenant, Secret secret) {
    return endpoint(name, new SignatureScheme.Terminal49(), new TenantSecret(tenant, secret));
  }

  private static WebhookEndpoint endpoint(
      String name, SignatureScheme scheme, TenantSecret... secrets) {
    return new WebhookEndpoint(
        name, "shop", scheme, List.of(secrets), List.of(), WebhookEndpoint.MAX_BODY_BYTES);
  }

  private HttpResponse<String> postEncoded(byte[] body, String encoding) throws Exception {
    return server.send(
        server
            .request("t49")
            .header("X-T49-Webhook-Signature", WebhookServer.signature("old secret", body))
            .header("Content-Encoding", encoding)
            .POST(BodyPublishers.ofByteArray(body)));
  }

  private String raw(String signature, int length) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket.setSoTimeout((int) Patience.LONGEST.toMillis());
      String head =
          "POST /webhooks/t49 HTTP/1.1\r\nHost: here\r\nConnection: close\r\n"
              + "X-T49-Webhook-Signature: %s\r\nContent-Length: %d\r\n\r\n";
      socket.getOutputStream().write(head.formatted(signature, length).getBytes(UTF_8));
      socket.getOutputStream().write(BODY);
      if (length > BODY.length) {
        socket.shutdownOutput();
      }
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  private HttpResponse<String> post(String address, String body) throws Exception {
    String timestamp = Long.toString(Instant.now().getEpochSecond());
    byte[] key = Base64.getDecoder().decode(SECRET.substring("whsec_".length()));
    byte[] signed =
        Signatures.hmac(
            "HmacSHA256", key, ("msg_1." + timestamp + ".").getBytes(UTF_8), body.getBytes(UTF_8));
    return server.send(
        server
            .request("orders")
            .header("X-Forwarded-For", address)
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", "v1," + Base64.getEncoder().encodeToString(signed))
            .POST(BodyPublishers.ofString(body)));
  }
}
