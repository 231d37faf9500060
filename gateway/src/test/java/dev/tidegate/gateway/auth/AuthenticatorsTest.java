package dev.tidegate.gateway.auth;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.JwtIssuer;
import dev.tidegate.gateway.config.Secret;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AuthenticatorsTest {
  @Test
  void tellsEveryMistakeAtOnceAndNoSecret() {
    JwtIssuer issuer =
        new JwtIssuer(
            "https://a.example", "events", URI.create("file:/etc/keys"), "org", "roles", "sources");
    AuthenticationConfiguration configuration =
        new AuthenticationConfiguration(
            List.of(issuer, issuer),
            List.of(
                new ApiKey("one", "plain-text-key", "acme", Set.of(), Set.of()),
                new ApiKey("one", "a".repeat(64), "", Set.of(), Set.of())),
            Optional.of(Secret.of("too-short-a-secret")));
    assertThatThrownBy(() -> Authenticators.of(configuration))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Leave the development key out where there are issuers")
        .hasMessageContaining("development key must have at least 32 bytes")
        .hasMessageContaining("The issuer https://a.example is listed twice")
        .hasMessageContaining("needs a JWKS at an HTTP address")
        .hasMessageContaining("The API key one is listed twice")
        .hasMessageContaining("needs its SHA-256")
        .hasMessageContaining("ID and tenant of the API key one must be")
        .hasMessageNotContaining("plain-text-key")
        .hasMessageNotContaining("too-short-a-secret");
  }
}
