package dev.tidegate.gateway.webhooks;

import com.linecorp.armeria.common.HttpHeaders;
import dev.tidegate.gateway.http.AddressBlock;
import dev.tidegate.gateway.webhooks.NotificationReader.Notification;
import dev.tidegate.gateway.webhooks.SignatureScheme.GenericHmac;
import dev.tidegate.gateway.webhooks.SignatureScheme.StandardWebhooks;
import dev.tidegate.schemas.Event;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** An endpoint, ready to receive: what is checked of a request, and what is read of it. */
final class WebhookReceiver {
  /** Pub/Sub takes 10 MB a message, attributes among it. */
  static final int LARGEST_BODY = 9 << 20;

  private final WebhookEndpoint endpoint;
  private final List<AddressBlock> allowed;
  private final SignatureVerifier verifier;
  private final NotificationReader reader;

  /**
   * @throws IllegalArgumentException where the endpoint cannot be served so, saying why
   */
  WebhookReceiver(WebhookEndpoint endpoint) {
    require(endpoint.name().matches("[A-Za-z0-9._-]{1,100}"), "its name must fit into an address");
    require(Event.isName(endpoint.source()), "its source must be 1 to 200 characters");
    require(!endpoint.secrets().isEmpty(), "it needs a secret");
    for (WebhookEndpoint.TenantSecret secret : endpoint.secrets()) {
      require(Event.isName(secret.tenant()), "a tenant must be 1 to 200 characters");
    }
    require(
        endpoint.maxBodyBytes() > 0 && endpoint.maxBodyBytes() <= LARGEST_BODY,
        "maxBodyBytes must be 1 to " + LARGEST_BODY);
    this.endpoint = endpoint;
    allowed = endpoint.allowedAddresses().stream().map(AddressBlock::parse).toList();
    verifier = SignatureVerifier.of(endpoint);
    reader = reader(endpoint.scheme());
  }

  String name() {
    return endpoint.name();
  }

  String source() {
    return endpoint.source();
  }

  int maxBodyBytes() {
    return endpoint.maxBodyBytes();
  }

  boolean allows(InetAddress address) {
    return allowed.isEmpty() || allowed.stream().anyMatch(block -> block.contains(address));
  }

  Verification verify(HttpHeaders headers, byte[] body, Instant now) {
    return verifier.verify(headers, body, now);
  }

  /** What a request that is verified says of itself. */
  Notification read(HttpHeaders headers, byte[] body) {
    Notification read = reader.read(body);
    if (endpoint.scheme() instanceof StandardWebhooks) {
      Optional<String> id =
          SignatureVerifier.single(headers, StandardWebhooksVerifier.ID_HEADER)
              .filter(Event::isName);
      return new Notification(id, read.eventType());
    }
    return read;
  }

  private static NotificationReader reader(SignatureScheme scheme) {
    if (scheme instanceof StandardWebhooks) {
      return new NotificationReader(Optional.empty(), Optional.of("/type"));
    }
    GenericHmac hmac = scheme instanceof GenericHmac generic ? generic : HmacVerifier.TERMINAL49;
    return new NotificationReader(hmac.notificationIdPointer(), hmac.eventTypePointer());
  }

  private static void require(boolean fulfilled, String rule) {
    if (!fulfilled) {
      throw new IllegalArgumentException(rule);
    }
  }
}
