package dev.tidegate.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import com.nimbusds.jose.jwk.source.ImmutableSecret;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import dev.tidegate.gateway.auth.AuthenticationConfiguration.JwtIssuer;
import dev.tidegate.gateway.config.Secret;
import java.security.Key;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * An issuer whose JWTs are believed. A key verifies one kind of algorithm only: RSA keys RS256,
 * P-256 keys ES256, and the development key HS256; a token's header chooses among the issuer's keys
 * and never how one is used (RFC 8725, 3.1).
 */
public final class TrustedIssuer {
  /** Clocks of issuers and gateways may differ by this much. */
  private static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

  private final String name;
  private final JWSVerificationKeySelector<SecurityContext> keys;
  private final BooleanSupplier keysAreAway;
  private final DefaultJWTClaimsVerifier<SecurityContext> claims;
  private final TokenClaims tokenClaims;

  private TrustedIssuer(
      String name,
      String audience,
      TokenClaims tokenClaims,
      Set<JWSAlgorithm> algorithms,
      JWKSource<SecurityContext> keys,
      BooleanSupplier keysAreAway) {
    this.name = name;
    this.keys = new JWSVerificationKeySelector<>(algorithms, keys);
    this.keysAreAway = keysAreAway;
    this.claims =
        new DefaultJWTClaimsVerifier<>(
            audience, new JWTClaimsSet.Builder().issuer(name).build(), Set.of("exp"));
    this.claims.setMaxClockSkew((int) CLOCK_SKEW.toSeconds());
    this.tokenClaims = tokenClaims;
  }

  /** The issuer that {@code issuer} describes. */
  public static TrustedIssuer of(JwtIssuer issuer) {
    IssuerKeys keys = new IssuerKeys(issuer.jwks());
    return new TrustedIssuer(
        issuer.issuer(),
        issuer.audience(),
        new TokenClaims(issuer.tenantClaim(), issuer.rolesClaim(), issuer.sourcesClaim()),
        Set.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256),
        keys.source(),
        keys::areAway);
  }

  /** The holder of the development key. */
  static TrustedIssuer development(Secret key) {
    return new TrustedIssuer(
        AuthenticationConfiguration.DEVELOPMENT_ISSUER,
        AuthenticationConfiguration.DEVELOPMENT_AUDIENCE,
        new TokenClaims(
            AuthenticationConfiguration.DEVELOPMENT_TENANT_CLAIM,
            AuthenticationConfiguration.DEVELOPMENT_ROLES_CLAIM,
            AuthenticationConfiguration.DEVELOPMENT_SOURCES_CLAIM),
        Set.of(JWSAlgorithm.HS256),
        new ImmutableSecret<>(key.bytes()),
        () -> false);
  }

  /** The claim {@code iss} of its tokens. */
  String name() {
    return name;
  }

  /**
   * Whose {@code token} it is. It waits where keys have to be fetched.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code UNAUTHENTICATED} where the token is
   *     not valid, {@code UNAVAILABLE} where its key cannot be had
   */
  public Caller verify(SignedJWT token) {
    if (!keys.isAllowed(token.getHeader().getAlgorithm())) {
      throw Refusals.badToken();
    }
    List<Key> candidates = candidatesFor(token);
    try {
      if (candidates.stream().noneMatch(key -> isSignedBy(key, token))) {
        throw Refusals.badToken();
      }
      JWTClaimsSet proved = token.getJWTClaimsSet();
      if (!TokenClaims.hasReadableTimes(proved)) {
        throw Refusals.badToken();
      }
      claims.verify(proved, null);
      return tokenClaims.callerOf(proved);
    } catch (BadJWTException | ParseException notValid) {
      throw Refusals.badToken();
    }
  }

  private List<Key> candidatesFor(SignedJWT token) {
    List<Key> candidates;
    try {
      candidates = keys.selectJWSKeys(token.getHeader(), null);
    } catch (RateLimitReachedException fetchedOfLate) {
      candidates = List.of();
    } catch (KeySourceException notFetched) {
      throw Refusals.keysAway();
    }
    if (candidates.isEmpty() && keysAreAway.getAsBoolean()) {
      throw Refusals.keysAway();
    }
    return candidates;
  }

  private static boolean isSignedBy(Key key, SignedJWT token) {
    try {
      return token.verify(
          new DefaultJWSVerifierFactory().createJWSVerifier(token.getHeader(), key));
    } catch (JOSEException keyOfAnotherKind) {
      return false;
    }
  }
}
