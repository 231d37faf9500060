package dev.tidegate.gateway.config;

import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.JwtIssuer;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.schemas.Event;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code authentication}: whom the gateway believes. */
final class AuthenticationSection {
  static final AuthenticationConfiguration NOBODY =
      new AuthenticationConfiguration(List.of(), List.of(), Optional.empty());

  /** What HS256 needs at the least (RFC 7518, section 3.2). */
  private static final int SHORTEST_KEY_BYTES = 32;

  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final URI NOWHERE = URI.create("https://invalid");

  private AuthenticationSection() {}

  static AuthenticationConfiguration read(Section section) {
    List<JwtIssuer> issuers = section.list("issuers", AuthenticationSection::readIssuer);
    List<ApiKey> apiKeys = section.list("apiKeys", AuthenticationSection::readApiKey);
    Optional<Secret> developmentKey = section.secretIfAny("developmentKey");
    if (developmentKey.isPresent()) {
      requireLength(section, "developmentKey", developmentKey.get());
      if (!issuers.isEmpty()) {
        section.mistake("developmentKey", "is for development only, and never goes beside issuers");
      }
    }
    if (apiKeys.stream().map(ApiKey::id).distinct().count() < apiKeys.size()) {
      section.mistake("apiKeys", "has an id twice");
    }
    return new AuthenticationConfiguration(issuers, apiKeys, developmentKey);
  }

  /** Notes a key that is too short to keep anyone out. */
  static void requireLength(Section section, String key, Secret secret) {
    int length = secret.bytes().length;
    if (length > 0 && length < SHORTEST_KEY_BYTES) {
      section.mistake(
          key,
          "the secret that it names must have at least %d bytes".formatted(SHORTEST_KEY_BYTES));
    }
  }

  private static JwtIssuer readIssuer(Section section) {
    return new JwtIssuer(
        section.text("issuer"),
        section.text("audience"),
        jwks(section),
        section.textIfAny("tenantClaim").orElse("tenant"),
        section.textIfAny("rolesClaim").orElse("roles"));
  }

  private static URI jwks(Section section) {
    String text = section.text("jwks");
    if (text.isEmpty()) {
      return NOWHERE;
    }
    try {
      URI uri = new URI(text);
      boolean isSafe =
          "https".equals(uri.getScheme())
              || ("http".equals(uri.getScheme()) && THIS_MACHINE.contains(uri.getHost()));
      if (isSafe && uri.getHost() != null) {
        return uri;
      }
    } catch (URISyntaxException noAddress) {
      // Told below, with what is right.
    }
    section.mistake("jwks", "must be an https:// address");
    return NOWHERE;
  }

  private static ApiKey readApiKey(Section section) {
    String id = section.text("id");
    String sha256 = section.text("sha256");
    if (!sha256.isEmpty() && !sha256.matches("[0-9a-fA-F]{64}")) {
      section.mistake(
          "sha256", "must be the key's SHA-256, 64 hexadecimal digits; never the key itself");
    }
    String tenant = section.text("tenant");
    if (!tenant.isEmpty() && !Event.isName(tenant)) {
      section.mistake("tenant", "must be a short name without control characters");
    }
    return new ApiKey(id, sha256, tenant, section.choices("roles", Role.class));
  }
}
