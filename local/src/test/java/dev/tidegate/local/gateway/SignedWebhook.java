package dev.tidegate.local.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** A webhook as Terminal49 sends it. */
final class SignedWebhook {
  private SignedWebhook() {}

  static HttpRequest.Builder to(String gatewayUrl, String secret, String body) throws Exception {
    return HttpRequest.newBuilder(URI.create(gatewayUrl + "/webhooks/terminal49"))
        .header("Content-Type", "application/json")
        .header("X-T49-Webhook-Signature", signature(secret, body))
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  static String signature(String secret, String body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
    return HexFormat.of().formatHex(mac.doFinal(body.getBytes(UTF_8)));
  }

  static String container(String notificationId, String containerId) {
    return """
    {"data":{"id":"%s","type":"webhook_notification","attributes":{"event":"container.created",\
    "created_at":"2026-01-31T10:00:00Z"}},"included":[{"id":"%s","type":"container",\
    "attributes":{"number":"TEMU0000001"}}]}"""
        .formatted(notificationId, containerId);
  }
}
