package dev.tidegate.gateway.auth;

import dev.tidegate.gateway.config.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whose tokens and keys the gateway accepts.
 *
 * @param issuers of JWTs
 * @param apiKeys that are valid
 * @param apiKeyFile has further keys, and is read again when it changes
 * @param developmentKey signs JWTs by HS256, at least 32 bytes: for development only, and never
 *     beside issuers
 */
public record AuthenticationConfiguration(
    List<JwtIssuer> issuers,
    List<ApiKey> apiKeys,
    Optional<Path> apiKeyFile,
    Optional<Secret> developmentKey) {
  /** The issuer of tokens that the development key signs. */
  public static final String DEVELOPMENT_ISSUER = "urn:tidegate:development";

  /** Their audience. */
  public static final String DEVELOPMENT_AUDIENCE = "tidegate";

  /** Their claim that names the tenant. */
  public static final String DEVELOPMENT_TENANT_CLAIM = "tenant";

  /** Their claim that lists roles. */
  public static final String DEVELOPMENT_ROLES_CLAIM = "roles";

  /** Their claim that lists sources. */
  public static final String DEVELOPMENT_SOURCES_CLAIM = "sources";

  /**
   * Someone whose JWTs (RS256 or ES256) are believed.
   *
   * @param issuer the claim {@code iss}
   * @param audience what the claim {@code aud} must hold
   * @param jwks where its keys are
   * @param tenantClaim which claim names the tenant
   * @param rolesClaim which claim lists roles, as an array or with spaces between: {@code viewer},
   *     {@code worker}, {@code operator}, {@code platform_operator}; others mean nothing here
   * @param sourcesClaim which claim lists the sources that events may be sent for, in the same way
   */
  public record JwtIssuer(
      String issuer,
      String audience,
      URI jwks,
      String tenantClaim,
      String rolesClaim,
      String sourcesClaim) {}

  /**
   * An API key, of which only the hash is known.
   *
   * @param id names the key in logs and in the audit table; the caller's subject
   * @param sha256 of the key, 64 hexadecimal digits
   * @param tenant whose it is
   * @param roles what it may do
   * @param sources the sources that it may send events for
   */
  public record ApiKey(
      String id, String sha256, String tenant, Set<Role> roles, Set<String> sources) {
    public ApiKey {
      roles = roles == null ? Set.of() : Set.copyOf(roles);
      sources = sources == null ? Set.of() : Set.copyOf(sources);
    }
  }

  public AuthenticationConfiguration {
    issuers = List.copyOf(issuers);
    apiKeys = List.copyOf(apiKeys);
  }

  /** Without a file of keys. */
  public AuthenticationConfiguration(
      List<JwtIssuer> issuers, List<ApiKey> apiKeys, Optional<Secret> developmentKey) {
    this(issuers, apiKeys, Optional.empty(), developmentKey);
  }
}
