package dev.tidegate.gateway.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.GatewayServer;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.EventToken;
import dev.tidegate.gateway.webhooks.WebhookEndpoint.TenantSecret;
import dev.tidegate.schemas.Json;
import dev.tidegate.testing.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/** A server with webhook endpoints, and a client of it. */
final class WebhookServer implements AutoCloseable {
  static final EventToken TOKENS = new EventToken(Secret.of("key of event IDs"));

  private final GatewayMetrics metrics = new GatewayMetrics();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final GatewayServer server;

  WebhookServer(EventPublisher publisher, WebhookEndpoint... endpoints) {
    server =
        GatewayServer.start(
            "127.0.0.1",
            0,
            List.of(
                new WebhookRoutes(
                    List.of(endpoints),
                    publisher,
                    TOKENS,
                    new ClientAddress(List.of("127.0.0.0/8")),
                    metrics)));
  }

  /** Terminal49's, with a secret of acme's (two of them) and one of beta's. */
  static WebhookEndpoint terminal49(String... allowedAddresses) {
    return new WebhookEndpoint(
        "t49",
        "terminal49",
        new SignatureScheme.Terminal49(),
        List.of(
            new TenantSecret("acme", Secret.of("old secret")),
            new TenantSecret("acme", Secret.of("new secret")),
            new TenantSecret("beta", Secret.of("beta secret"))),
        List.of(allowedAddresses),
        WebhookEndpoint.MAX_BODY_BYTES);
  }

  int port() {
    return server.port();
  }

  double rejected(String reason) {
    return metrics.registry().counter("tidegate.events.rejected", "reason", reason).count();
  }

  double accepted(String source) {
    return metrics.registry().counter("tidegate.events.accepted", "source", source).count();
  }

  HttpRequest.Builder request(String endpoint) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + port() + "/webhooks/" + endpoint))
        .timeout(Patience.LONGEST);
  }

  HttpResponse<String> post(String secret, byte[] body) throws IOException, InterruptedException {
    return send(
        request("t49")
            .header("X-T49-Webhook-Signature", signature(secret, body))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
    return client.send(request.build(), BodyHandlers.ofString());
  }

  static String signature(String secret, byte[] body) {
    return Signatures.hex(Signatures.hmac("HmacSHA256", secret.getBytes(UTF_8), body));
  }

  static JsonNode json(HttpResponse<String> response) throws IOException {
    return Json.parse(response.body().getBytes(UTF_8));
  }

  @Override
  public void close() {
    server.close();
  }
}
