package dev.tidegate.gateway.auth;

import static dev.tidegate.gateway.auth.Authentication.assertUnauthenticated;
import static dev.tidegate.gateway.auth.Authentication.bearer;
import static dev.tidegate.gateway.auth.Authentication.callerOf;
import static dev.tidegate.gateway.auth.Authentication.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.RSAKey;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.JwtIssuer;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens when an issuer's keys change, or cannot be read. */
class KeyRotationIT {
  private static final RSAKey OLD = Tokens.rsaKey("old");
  private static final RSAKey NEW = Tokens.rsaKey("new");

  private KeyServer keys;
  private Authenticator authenticator;

  @BeforeEach
  void start() {
    keys = new KeyServer();
    keys.publish(OLD.toPublicJWK());
    authenticator =
        Authenticators.of(
            new AuthenticationConfiguration(
                List.of(
                    new JwtIssuer(
                        Tokens.ISSUER,
                        Tokens.AUDIENCE,
                        keys.address(),
                        Tokens.TENANT_CLAIM,
                        Tokens.ROLES_CLAIM,
                        "sources")),
                List.of(),
                Optional.empty()));
  }

  @AfterEach
  void stop() {
    keys.close();
  }

  @Test
  void aNewKeyIsTakenAtOnceAndAWithdrawnOneNoLonger() {
    accept(OLD);
    keys.publish(NEW.toPublicJWK());
    accept(NEW);
    refuse(OLD);
  }

  @Test
  void keysAreFetchedOnceForManyTokens() {
    for (int i = 0; i < 20; i++) {
      accept(OLD);
    }
    assertThat(keys.fetches()).isEqualTo(1);
  }

  @Test
  void tokensWithUnknownKeysDoNotFloodTheIssuer() {
    accept(OLD);
    for (int i = 0; i < 20; i++) {
      refuse(NEW);
    }
    assertThat(keys.fetches()).isLessThanOrEqualTo(2);
    accept(OLD);
  }

  @Test
  void whileTheKeysAreAwayNobodySaysATokenIsBad() {
    keys.goAway();
    for (int i = 0; i < 5; i++) {
      Problem problem = refusalOf(authenticator, bearer(Tokens.signed(OLD, Tokens.claims())));
      assertThat(problem.type()).isEqualTo(ProblemType.UNAVAILABLE);
      assertThat(problem.retryAfter()).isPresent();
    }
  }

  @Test
  void keptKeysOutliveAnOutage() {
    accept(OLD);
    keys.goAway();
    // Its key may be a new one.
    assertThat(refusalOf(authenticator, bearer(Tokens.signed(NEW, Tokens.claims()))).type())
        .isEqualTo(ProblemType.UNAVAILABLE);
    accept(OLD);
    // What is wrong with a known key's token is known all the same.
    assertUnauthenticated(
        authenticator, bearer(Tokens.signed(OLD, Tokens.claims().audience("another"))));
  }

  private void accept(RSAKey key) {
    assertThat(callerOf(authenticator, bearer(Tokens.signed(key, Tokens.claims()))).tenant())
        .isEqualTo("acme");
  }

  private void refuse(RSAKey key) {
    assertUnauthenticated(authenticator, bearer(Tokens.signed(key, Tokens.claims())));
  }
}
