package dev.tidegate.gateway.auth;

import static dev.tidegate.gateway.auth.Authentication.assertUnauthenticated;
import static dev.tidegate.gateway.auth.Authentication.bearer;
import static dev.tidegate.gateway.auth.Authentication.callerOf;
import static dev.tidegate.gateway.auth.Authentication.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.ApiKey;
import dev.tidegate.schemas.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /** A key that is added counts without a restart, and so does one that is taken away. */
  @Test
  void aFileOfKeysIsReadAgainWhenItChanges(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("api-keys.yaml");
    try (ApiKeyFile keys = ApiKeyFile.open(file)) {
      Authenticator reading =
          Authenticators.of(
              new AuthenticationConfiguration(
                  List.of(), List.of(key("one", ACME, "acme", Set.of())), Optional.empty()),
              Optional.of(keys));
      assertUnauthenticated(reading, header("x-api-key", GLOBEX));

      ApiKeyFile.add(file, key("two", GLOBEX, "globex", Set.of()));
      await()
          .ignoreException(CompletionException.class)
          .untilAsserted(
              () ->
                  assertThat(callerOf(reading, header("x-api-key", GLOBEX)).tenant())
                      .isEqualTo("globex"));
      ApiKeyFile.add(file, key("three", DOTTED, "it's: \"odd\"", Set.of(Role.OPERATOR)));
      await()
          .ignoreException(CompletionException.class)
          .untilAsserted(
              () ->
                  assertThat(callerOf(reading, header("x-api-key", DOTTED)))
                      .isEqualTo(
                          new Caller(
                              "it's: \"odd\"",
                              Optional.of("three"),
                              Set.of(Role.OPERATOR),
                              Set.of("shop"))));
      assertThatThrownBy(() -> ApiKeyFile.add(file, key("two", "other", "globex", Set.of())))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("The API key two is listed twice");

      String good = Files.readString(file);
      for (String unusable :
          List.of(
              "apiKeys: [",
              "apiKeys: 7",
              "keys: []",
              "apiKeys:\n  - {id: x}\n",
              "apiKeys: [null]")) {
        Files.writeString(file, unusable);
        keys.readAgain();
        assertThat(callerOf(reading, header("x-api-key", GLOBEX)).tenant()).isEqualTo("globex");
        assertThatThrownBy(() -> ApiKeyFile.open(file))
            .as(unusable)
            .isInstanceOf(IllegalArgumentException.class);
      }
      Files.delete(file);
      keys.readAgain();
      assertThat(callerOf(reading, header("x-api-key", GLOBEX)).tenant()).isEqualTo("globex");

      Files.writeString(file, good.lines().limit(1).toList().get(0) + "\n");
      keys.readAgain();
      assertUnauthenticated(reading, header("x-api-key", GLOBEX));
      assertThat(callerOf(reading, header("x-api-key", ACME)).tenant()).isEqualTo("acme");
    }
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
