package dev.tidegate.gateway.webhooks;

import com.linecorp.armeria.server.ServerBuilder;
import dev.tidegate.gateway.http.ClientAddress;
import dev.tidegate.gateway.http.Routes;
import dev.tidegate.gateway.observe.GatewayMetrics;
import dev.tidegate.gateway.publish.EventPublisher;
import dev.tidegate.gateway.store.EventToken;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code POST /webhooks/{source}}: signed requests of senders. */
public final class WebhookRoutes implements Routes {
  /** The parameter of the address: an endpoint's name. */
  static final String NAME = "source";

  private final WebhookService service;

  /**
   * @throws IllegalArgumentException if endpoints cannot be served as configured; it names every
   *     mistake, and no secret
   */
  public WebhookRoutes(
      List<WebhookEndpoint> endpoints,
      EventPublisher publisher,
      EventToken eventTokens,
      ClientAddress clientAddress,
      GatewayMetrics metrics) {
    this(endpoints, publisher, eventTokens, clientAddress, metrics, Clock.systemUTC());
  }

  WebhookRoutes(
      List<WebhookEndpoint> endpoints,
      EventPublisher publisher,
      EventToken eventTokens,
      ClientAddress clientAddress,
      GatewayMetrics metrics,
      Clock clock) {
    service =
        new WebhookService(
            receivers(endpoints), publisher, eventTokens, clientAddress, metrics, clock);
  }

  @Override
  public void addTo(ServerBuilder server) {
    // The service bounds bodies by itself, since each endpoint has its own bound.
    server.route().post("/webhooks/{%s}".formatted(NAME)).maxRequestLength(0).build(service);
  }

  private static Map<String, WebhookReceiver> receivers(List<WebhookEndpoint> endpoints) {
    Map<String, WebhookReceiver> receivers = new HashMap<>();
    Map<String, String> owners = new HashMap<>();
    List<String> mistakes = new ArrayList<>();
    for (WebhookEndpoint endpoint : endpoints) {
      try {
        WebhookReceiver receiver = new WebhookReceiver(endpoint);
        if (receivers.put(endpoint.name(), receiver) != null) {
          throw new IllegalArgumentException("another endpoint has the same name");
        }
        receiver.keys().forEach(key -> claim(key, endpoint.name(), owners));
      } catch (IllegalArgumentException mistake) {
        mistakes.add("Webhook endpoint %s: %s.".formatted(endpoint.name(), mistake.getMessage()));
      }
    }
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
    return receivers;
  }

  /** A secret says whose an event is, and from where: two owners of one could not be told apart. */
  private static void claim(VerifyingKey key, String endpoint, Map<String, String> owners) {
    String owner = "tenant %s at endpoint %s".formatted(key.tenant(), endpoint);
    String other = owners.putIfAbsent(key.fingerprint(), owner);
    if (other != null) {
      throw new IllegalArgumentException(
          "a secret of tenant %s equals one of %s; give each a secret of its own"
              .formatted(key.tenant(), other));
    }
  }
}
