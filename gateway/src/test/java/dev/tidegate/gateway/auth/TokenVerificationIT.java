package dev.tidegate.gateway.auth;

import static dev.tidegate.gateway.auth.Authentication.assertUnauthenticated;
import static dev.tidegate.gateway.auth.Authentication.bearer;
import static dev.tidegate.gateway.auth.Authentication.callerOf;
import static dev.tidegate.gateway.auth.Authentication.header;
import static dev.tidegate.gateway.auth.Authentication.refusalOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.JwtIssuer;
import dev.tidegate.gateway.config.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which tokens are believed, by an issuer's keys over HTTP. */
class TokenVerificationIT {
  private static final RSAKey RSA = Tokens.rsaKey("rsa");
  private static final ECKey P256 = Tokens.ecKey("p-256", Curve.P_256);
  private static final ECKey P384 = Tokens.ecKey("p-384", Curve.P_384);

  /** An RSA key that its JWKS reserves for another algorithm. */
  private static final RSAKey FOR_PS256 =
      new RSAKey.Builder(Tokens.rsaKey("ps")).algorithm(JWSAlgorithm.PS256).build();

  private static KeyServer keys;
  private static Authenticator authenticator;

  @BeforeAll
  static void start() {
    keys = new KeyServer();
    keys.publish(
        RSA.toPublicJWK(), P256.toPublicJWK(), P384.toPublicJWK(), FOR_PS256.toPublicJWK());
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

  @AfterAll
  static void stop() {
    keys.close();
  }

  @Test
  void rs256AndEs256TellTenantSubjectAndKnownRoles() {
    for (String token :
        List.of(Tokens.signed(RSA, Tokens.claims()), Tokens.signed(P256, Tokens.claims()))) {
      Caller caller = callerOf(authenticator, bearer(token));
      assertThat(caller.expiresAt().orElseThrow())
          .isBetween(Instant.now(), Instant.now().plus(Duration.ofMinutes(10)));
      assertThat(caller)
          .isEqualTo(
              new Caller("acme", Optional.of("billing"), Set.of(Role.OPERATOR), Set.of())
                  .until(caller.expiresAt().orElseThrow()));
    }
  }

  @Test
  void sourcesAreListedByAnArrayOrWithSpacesBetween() {
    for (Object claim : List.of(List.of("shop", "billing"), "shop billing")) {
      String token = Tokens.signed(RSA, Tokens.claims().claim("sources", claim));
      assertThat(callerOf(authenticator, bearer(token)).sources())
          .containsExactlyInAnyOrder("shop", "billing");
    }
    String token = Tokens.signed(RSA, Tokens.claims().claim("sources", 7));
    assertThat(callerOf(authenticator, bearer(token)).sources()).isEmpty();
  }

  @Test
  void theSchemeIsCalledBearerInAnyCase() {
    String token = Tokens.signed(RSA, Tokens.claims());
    assertThat(callerOf(authenticator, header("authorization", "bEARER " + token)).tenant())
        .isEqualTo("acme");
    assertUnauthenticated(authenticator, header("authorization", "Basic " + token));
    assertUnauthenticated(authenticator, header("authorization", token));
  }

  @Test
  void rolesMayStandInOneText() {
    String token =
        Tokens.signed(
            RSA, Tokens.claims().claim(Tokens.ROLES_CLAIM, "operator platform_operator admin"));
    assertThat(callerOf(authenticator, bearer(token)).roles())
        .containsExactlyInAnyOrder(Role.OPERATOR, Role.PLATFORM_OPERATOR);
    String none = Tokens.signed(RSA, Tokens.claims().claim(Tokens.ROLES_CLAIM, 7));
    assertThat(callerOf(authenticator, bearer(none)).roles()).isEmpty();
  }

  @Test
  void aPublicKeyIsNoSecretOfHs256() throws Exception {
    for (byte[] secret :
        List.of(
            RSA.toRSAPublicKey().getEncoded(),
            RSA.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8))) {
      refuse(Tokens.signed(JWSAlgorithm.HS256, "rsa", new MACSigner(secret), Tokens.claims()));
    }
  }

  @Test
  void anUnsignedTokenIsNone() {
    String unsigned = new PlainJWT(Tokens.claims().build()).serialize();
    refuse(unsigned);
    String signed = Tokens.signed(RSA, Tokens.claims());
    refuse(signed.substring(0, signed.lastIndexOf('.') + 1));
    refuse(unsigned.substring(0, unsigned.indexOf('.')) + signed.substring(signed.indexOf('.')));
  }

  @Test
  void aKeyVerifiesNoAlgorithmButItsOwn() throws Exception {
    // A P-256 key under an RSA key's ID, and the other way round.
    refuse(Tokens.signed(JWSAlgorithm.ES256, "rsa", new ECDSASigner(P256), Tokens.claims()));
    refuse(Tokens.signed(JWSAlgorithm.RS256, "p-256", new RSASSASigner(RSA), Tokens.claims()));
    // Algorithms beside the two.
    refuse(Tokens.signed(JWSAlgorithm.RS512, "rsa", new RSASSASigner(RSA), Tokens.claims()));
    refuse(Tokens.signed(JWSAlgorithm.PS256, "rsa", new RSASSASigner(RSA), Tokens.claims()));
    refuse(Tokens.signed(JWSAlgorithm.ES384, "p-384", new ECDSASigner(P384), Tokens.claims()));
    // A key that its issuer means for another.
    refuse(Tokens.signed(JWSAlgorithm.RS256, "ps", new RSASSASigner(FOR_PS256), Tokens.claims()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",\"exp\":null",
        ",\"exp\":\"4102444800\"",
        ",\"exp\":true",
        ",\"exp\":[4102444800]",
        ",\"exp\":{}",
        ",\"exp\":0",
        ",\"exp\":-1",
        ",\"exp\":1e300",
        ",\"exp\":999999999999",
        ",\"exp\":9223372036854775807",
        ",\"exp\":4102444800,\"nbf\":null",
        ",\"exp\":4102444800,\"iat\":null",
        ",\"exp\":4102444800,\"nbf\":4102444000",
      })
  void aTokenExpiresAtATimeThatCanBeRead(String times) throws Exception {
    refuse(signedText(times));
    assertThat(callerOf(authenticator, bearer(signedText(",\"exp\":4102444800"))).tenant())
        .isEqualTo("acme");
  }

  /** A token with claims as they stand: builders would not write what is wrong. */
  private static String signedText(String times) throws JOSEException {
    JWSObject token =
        new JWSObject(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("rsa").build(),
            new Payload(
                "{\"iss\":\"%s\",\"aud\":\"%s\",\"%s\":\"acme\"%s}"
                    .formatted(Tokens.ISSUER, Tokens.AUDIENCE, Tokens.TENANT_CLAIM, times)));
    token.sign(new RSASSASigner(RSA));
    return token.serialize();
  }

  @Test
  void unknownKeysAndForeignSignaturesAreRefused() {
    refuse(Tokens.signed(Tokens.rsaKey("unknown"), Tokens.claims()));
    refuse(Tokens.signed(Tokens.rsaKey("rsa"), Tokens.claims()));
    String token = Tokens.signed(RSA, Tokens.claims());
    String other = Tokens.signed(RSA, Tokens.claims().claim(Tokens.TENANT_CLAIM, "other"));
    String signatureOfAnother =
        other.substring(0, other.lastIndexOf('.')) + token.substring(token.lastIndexOf('.'));
    refuse(signatureOfAnother);
  }

  @Test
  void claimsAreChecked() {
    refuse(claim -> claim.expirationTime(Tokens.in(Duration.ofMinutes(-2))));
    refuse(claim -> claim.expirationTime(null));
    refuse(claim -> claim.notBeforeTime(Tokens.in(Duration.ofMinutes(2))));
    refuse(claim -> claim.audience("another"));
    refuse(claim -> claim.audience((String) null));
    refuse(claim -> claim.issuer("https://another.example"));
    refuse(claim -> claim.issuer(null));
    accept(claim -> claim.expirationTime(Tokens.in(Duration.ofSeconds(-20))));
    accept(claim -> claim.notBeforeTime(Tokens.in(Duration.ofSeconds(20))));
    accept(claim -> claim.audience(List.of("another", Tokens.AUDIENCE)));
  }

  @Test
  void theTenantMustBeAName() {
    for (Object tenant : new Object[] {null, "", "  ", "a\nb", "x".repeat(201), 7, List.of("a")}) {
      String token = Tokens.signed(RSA, Tokens.claims().claim(Tokens.TENANT_CLAIM, tenant));
      assertThat(refusalOf(authenticator, bearer(token)).detail())
          .isEqualTo("Send a JWT whose claim org names a tenant.");
    }
    refuse(claim -> claim.subject("a\u0000b"));
    accept(claim -> claim.subject(null));
  }

  @Test
  void whatIsNoTokenIsRefusedWithoutBeingQuoted() {
    for (String text : List.of("x", "a.b.c", "eyJ.eyJ.", "..", "...", "{}.{}.{}", "é.é.é")) {
      assertUnauthenticated(authenticator, bearer(text));
    }
    assertUnauthenticated(authenticator, header("x-other", "1"));
    assertThat(refusalOf(authenticator, bearer("secret-text")).toString())
        .doesNotContain("secret-text");
  }

  @Test
  void theDevelopmentKeySignsByHs256AndNothingElse() throws Exception {
    byte[] secret = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    Authenticator development =
        Authenticators.of(
            new AuthenticationConfiguration(List.of(), List.of(), Optional.of(Secret.of(secret))));
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(AuthenticationConfiguration.DEVELOPMENT_ISSUER)
            .audience(AuthenticationConfiguration.DEVELOPMENT_AUDIENCE)
            .expirationTime(Tokens.in(Duration.ofMinutes(1)))
            .claim(AuthenticationConfiguration.DEVELOPMENT_TENANT_CLAIM, "dev")
            .claim(AuthenticationConfiguration.DEVELOPMENT_ROLES_CLAIM, List.of("operator"));
    String token = Tokens.signed(JWSAlgorithm.HS256, null, new MACSigner(secret), claims);
    Caller caller = callerOf(development, bearer(token));
    assertThat(caller)
        .isEqualTo(
            new Caller("dev", Optional.empty(), Set.of(Role.OPERATOR), Set.of())
                .until(caller.expiresAt().orElseThrow()));
    assertUnauthenticated(development, bearer(Tokens.signed(RSA, claims)));
    byte[] longer =
        (new String(secret, StandardCharsets.US_ASCII) + "x").getBytes(StandardCharsets.US_ASCII);
    assertUnauthenticated(
        development,
        bearer(Tokens.signed(JWSAlgorithm.HS256, null, new MACSigner(longer), claims)));
    // Where there are issuers, its name means nothing.
    refuse(token);
  }

  private static void refuse(String token) {
    assertUnauthenticated(authenticator, bearer(token));
  }

  private static void refuse(UnaryOperator<JWTClaimsSet.Builder> change) {
    refuse(Tokens.signed(RSA, change.apply(Tokens.claims())));
  }

  private static void accept(UnaryOperator<JWTClaimsSet.Builder> change) {
    String token = Tokens.signed(RSA, change.apply(Tokens.claims()));
    assertThat(callerOf(authenticator, bearer(token)).tenant()).isEqualTo("acme");
  }
}
