package dev.tidegate.gateway.webhooks;

import dev.tidegate.gateway.config.Secret;
import dev.tidegate.schemas.Place;
import java.util.List;

/**
 * One sender's webhooks: {@code POST /webhooks/{name}}.
 *
 * @param name the last part of its address
 * @param source the events' {@code source}
 * @param scheme how requests are signed
 * @param secrets every secret that is valid now, of whichever tenant; more than one of a tenant
 *     while a secret is rotated
 * @param allowedAddresses CIDR blocks that requests may come from; empty for any
 * @param maxBodyBytes what a body may have; larger ones are answered 413
 * @param notificationId where a request tells the notification's ID
 * @param eventType where a request tells the event's type
 * @param keepHeaders headers that messages keep besides those of the two places
 */
public record WebhookEndpoint(
    String name,
    String source,
    SignatureScheme scheme,
    List<TenantSecret> secrets,
    List<String> allowedAddresses,
    int maxBodyBytes,
    Place notificationId,
    Place eventType,
    List<String> keepHeaders) {
  /** The largest body by default. */
  public static final int MAX_BODY_BYTES = 1 << 20;

  /**
   * A secret, and whose events are signed with it.
   *
   * @param tenant the events' tenant
   * @param secret as the scheme wants it
   */
  public record TenantSecret(String tenant, Secret secret) {}

  /** An endpoint of Terminal49's or of Standard Webhooks, with ID and type in their places. */
  public WebhookEndpoint(
      String name,
      String source,
      SignatureScheme scheme,
      List<TenantSecret> secrets,
      List<String> allowedAddresses,
      int maxBodyBytes) {
    this(
        name,
        source,
        scheme,
        secrets,
        allowedAddresses,
        maxBodyBytes,
        Place.of(
            scheme instanceof SignatureScheme.StandardWebhooks
                ? "header:" + StandardWebhooksVerifier.ID_HEADER
                : "body:/data/id"),
        Place.of(
            scheme instanceof SignatureScheme.StandardWebhooks
                ? "body:/type"
                : "body:/data/attributes/event"),
        List.of());
  }

  public WebhookEndpoint {
    keepHeaders = List.copyOf(keepHeaders);
    secrets = List.copyOf(secrets);
    allowedAddresses = List.copyOf(allowedAddresses);
  }
}
