package dev.tidegate.gateway.webhooks;

import dev.tidegate.gateway.config.Secret;
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
 */
public record WebhookEndpoint(
    String name,
    String source,
    SignatureScheme scheme,
    List<TenantSecret> secrets,
    List<String> allowedAddresses,
    int maxBodyBytes) {
  /** What a body may have where nothing else is said. */
  public static final int MAX_BODY_BYTES = 1 << 20;

  /**
   * A secret, and whose events are signed with it.
   *
   * @param tenant the events' tenant
   * @param secret as the scheme wants it
   */
  public record TenantSecret(String tenant, Secret secret) {}

  public WebhookEndpoint {
    secrets = List.copyOf(secrets);
    allowedAddresses = List.copyOf(allowedAddresses);
  }
}
