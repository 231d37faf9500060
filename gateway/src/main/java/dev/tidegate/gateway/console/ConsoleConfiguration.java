package dev.tidegate.gateway.console;

import dev.tidegate.gateway.config.Secret;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * How people sign in to the console.
 *
 * @param sessionKeys what sessions are sealed with: the first seals, all open
 * @param url the gateway's address as browsers know it
 * @param oidc the provider of OpenID Connect by which people may sign in
 * @param developmentCommand the command that signs a developer in to a local system
 */
public record ConsoleConfiguration(
    List<Secret> sessionKeys,
    Optional<URI> url,
    Optional<Oidc> oidc,
    Optional<String> developmentCommand) {
  /**
   * A provider of OpenID Connect.
   *
   * @param issuer which it is, and where it is asked for its metadata
   * @param clientId what it calls the console
   * @param clientSecret what the gateway shows it
   * @param name what people call it
   * @param scopes what it is asked for
   * @param tenantClaim which claim of an ID token names the tenant
   * @param rolesClaim which claim lists roles
   */
  public record Oidc(
      String issuer,
      String clientId,
      Secret clientSecret,
      String name,
      List<String> scopes,
      String tenantClaim,
      String rolesClaim) {
    public Oidc {
      scopes = List.copyOf(scopes);
    }
  }

  public ConsoleConfiguration {
    sessionKeys = List.copyOf(sessionKeys);
  }
}
