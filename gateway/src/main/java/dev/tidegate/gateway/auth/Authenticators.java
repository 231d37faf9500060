package dev.tidegate.gateway.auth;

import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.JwtIssuer;
import dev.tidegate.schemas.Event;
import java.net.MalformedURLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Makes authenticators. */
public final class Authenticators {
  /** HS256 wants a key that is no shorter than its hash: RFC 7518, 3.2. */
  private static final int SHORTEST_DEVELOPMENT_KEY = 32;

  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private Authenticators() {}

  /** One that believes whom {@code configuration} names, and no file of keys. */
  public static Credentials of(AuthenticationConfiguration configuration) {
    return of(configuration, Optional.empty());
  }

  /**
   * One that believes whom {@code configuration} names.
   *
   * @param keyFile the keys that are read again
   * @throws IllegalArgumentException with every mistake in it; no secret is quoted
   */
  public static Credentials of(
      AuthenticationConfiguration configuration, Optional<ApiKeyFile> keyFile) {
    List<String> mistakes = mistakesIn(configuration);
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join(" ", mistakes));
    }
    List<TrustedIssuer> issuers = new ArrayList<>();
    configuration.issuers().forEach(issuer -> issuers.add(TrustedIssuer.of(issuer)));
    configuration.developmentKey().ifPresent(key -> issuers.add(TrustedIssuer.development(key)));
    return new CallerAuthenticator(configuration.apiKeys(), keyFile, issuers);
  }

  private static List<String> mistakesIn(AuthenticationConfiguration configuration) {
    List<String> mistakes = new ArrayList<>();
    configuration
        .developmentKey()
        .ifPresent(
            key -> {
              if (!configuration.issuers().isEmpty()) {
                mistakes.add("Leave the development key out where there are issuers of JWTs.");
              }
              if (key.bytes().length < SHORTEST_DEVELOPMENT_KEY) {
                mistakes.add(
                    "The development key must have at least %d bytes."
                        .formatted(SHORTEST_DEVELOPMENT_KEY));
              }
            });
    Set<String> issuers = new HashSet<>();
    for (JwtIssuer issuer : configuration.issuers()) {
      if (!issuers.add(issuer.issuer())) {
        mistakes.add("The issuer %s is listed twice.".formatted(issuer.issuer()));
      }
      if (!isAddress(issuer)) {
        mistakes.add("The issuer %s needs a JWKS at an HTTP address.".formatted(issuer.issuer()));
      }
    }
    mistakes.addAll(mistakesIn(configuration.apiKeys()));
    return mistakes;
  }

  /** What is wrong with {@code keys}. */
  static List<String> mistakesIn(List<ApiKey> keys) {
    List<String> mistakes = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    Set<String> hashes = new HashSet<>();
    for (ApiKey key : keys) {
      if (key == null || key.id() == null || key.sha256() == null || key.tenant() == null) {
        mistakes.add("An API key needs id, sha256 and tenant.");
        continue;
      }
      if (!ids.add(key.id()) || !hashes.add(key.sha256())) {
        mistakes.add("The API key %s is listed twice.".formatted(key.id()));
      }
      if (!SHA_256.matcher(key.sha256()).matches()) {
        mistakes.add(
            "The API key %s needs its SHA-256, 64 lower-case hexadecimal digits."
                .formatted(key.id()));
      }
      if (!Event.isName(key.id()) || !Event.isName(key.tenant())) {
        mistakes.add(
            "The ID and tenant of the API key %s must be %s.".formatted(key.id(), Event.NAME_RULE));
      }
    }
    return mistakes;
  }

  private static boolean isAddress(JwtIssuer issuer) {
    try {
      String protocol = issuer.jwks().toURL().getProtocol();
      return protocol.equals("https") || protocol.equals("http");
    } catch (MalformedURLException | IllegalArgumentException notOne) {
      return false;
    }
  }
}
