package dev.tidegate.gateway.webhooks;

import dev.tidegate.gateway.config.ConfigurationFile;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Endpoints as a configuration makes them. */
final class TestEndpoints {
  private TestEndpoints() {}

  /** An endpoint of acme's, whose source has the same name. */
  static WebhookEndpoint of(String name, String scheme, String secret) {
    return of(Map.of("name", name, "scheme", scheme), secret);
  }

  /** The endpoint of {@code members}. */
  static WebhookEndpoint of(Map<String, ?> members, String secret) {
    Map<String, Object> webhook = new HashMap<>(members);
    webhook.putIfAbsent("name", "endpoint");
    webhook.put("source", webhook.get("name"));
    webhook.put("secrets", List.of(Map.of("tenant", "acme", "secret", "env:SECRET")));
    return ConfigurationFile.read(
            "a test",
            Map.of(
                "pubsub", Map.of("project", "p", "topic", "t"),
                "eventIdKey", "env:KEY",
                "webhooks", List.of(webhook)),
            Map.of("SECRET", secret, "KEY", "0123456789abcdef0123456789abcdef"),
            source -> null)
        .webhooks()
        .get(0);
  }
}
