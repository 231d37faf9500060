package dev.tidegate.local.gateway;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.tidegate.gateway.auth.AuthenticationConfiguration;
import dev.tidegate.gateway.auth.Role;
import dev.tidegate.gateway.config.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * A token that a local system believes.
 *
 * @param tenant whose events its bearer sends and sees
 * @param subject who the bearer is
 * @param roles what else it may do
 * @param sources the sources that it may send events for
 * @param validity how long it is good for
 */
public record DevelopmentToken(
    String tenant, String subject, List<Role> roles, List<String> sources, Duration validity) {
  public static final Duration LONG = Duration.ofDays(365);

  /** The JWT, signed by {@code key} (HS256). */
  public String sign(Secret key) {
    Instant now = Instant.now();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(AuthenticationConfiguration.DEVELOPMENT_ISSUER)
            .audience(AuthenticationConfiguration.DEVELOPMENT_AUDIENCE)
            .subject(subject)
            .claim(AuthenticationConfiguration.DEVELOPMENT_TENANT_CLAIM, tenant)
            .claim(
                AuthenticationConfiguration.DEVELOPMENT_ROLES_CLAIM,
                roles.stream().map(Role::label).toList())
            .claim(AuthenticationConfiguration.DEVELOPMENT_SOURCES_CLAIM, sources)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(validity)))
            .build();
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(new MACSigner(key.bytes()));
    } catch (JOSEException shortKey) {
      throw new IllegalStateException("the key in the data folder is no key", shortKey);
    }
    return token.serialize();
  }
}
