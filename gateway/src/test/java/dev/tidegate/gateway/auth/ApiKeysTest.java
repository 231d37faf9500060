package dev.tidegate.gateway.auth;

import static dev.tidegate.gateway.auth.Authentication.assertUnauthenticated;
import static dev.tidegate.gateway.auth.Authentication.bearer;
import static dev.tidegate.gateway.auth.Authentication.callerOf;
import static dev.tidegate.gateway.auth.Authentication.header;
import static org.assertj.core.api.Assertions.assertThat;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
  private static final String ACME = "tg_acme_4f8a0c";
  private static final String GLOBEX = "tg_acme_4f8a0d";
  private static final String DOTTED = "a.b.c";

  private final Authenticator authenticator =
      Authenticators.of(
          new AuthenticationConfiguration(
              List.of(),
              List.of(
                  key("acme-service", ACME, "acme", Set.of()),
                  key("globex-ops", GLOBEX, "globex", Set.of(Role.OPERATOR)),
                  key("dotted", DOTTED, "initech", Set.of())),
              Optional.empty()));

  @Test
  void aKeyTellsTenantSubjectAndRoles() {
    assertThat(callerOf(authenticator, header("x-api-key", ACME)))
        .isEqualTo(new Caller("acme", Optional.of("acme-service"), Set.of(), Set.of("shop")));
    assertThat(callerOf(authenticator, bearer(GLOBEX)))
        .isEqualTo(
            new Caller("globex", Optional.of("globex-ops"), Set.of(Role.OPERATOR), Set.of("shop")));
    assertThat(callerOf(authenticator, bearer(DOTTED)).tenant()).isEqualTo("initech");
  }

  @Test
  void whatIsNearlyAKeyIsNone() {
    String hash = Sha256.hexOf(ACME.getBytes(StandardCharsets.UTF_8));
    for (String wrong :
        List.of("", ACME.substring(1), ACME + "0", ACME.toUpperCase(Locale.ROOT), hash)) {
      assertUnauthenticated(authenticator, header("x-api-key", wrong));
      assertUnauthenticated(authenticator, bearer(wrong));
    }
  }

  @Test
  void twoCredentialsAreOneTooMany() {
    assertUnauthenticated(
        authenticator,
        RequestHeaders.of(
            HttpMethod.POST, "/", "x-api-key", ACME, "authorization", "Bearer " + ACME));
    assertUnauthenticated(
        authenticator,
        RequestHeaders.of(HttpMethod.POST, "/", "x-api-key", ACME, "x-api-key", "x"));
  }

  static ApiKey key(String id, String key, String tenant, Set<Role> roles) {
    return new ApiKey(
        id, Sha256.hexOf(key.getBytes(StandardCharsets.UTF_8)), tenant, roles, Set.of("shop"));
  }
}
