package dev.tidegate.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/** Keys and tokens of an issuer. */
final class Tokens {
  static final String ISSUER = "https://issuer.example";
  static final String AUDIENCE = "events";
  static final String TENANT_CLAIM = "org";
  static final String ROLES_CLAIM = "groups";

  private static final int RSA_BITS = 2048;

  private Tokens() {}

  static RSAKey rsaKey(String id) {
    try {
      return new RSAKeyGenerator(RSA_BITS).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static ECKey ecKey(String id, Curve curve) {
    try {
      return new ECKeyGenerator(curve).keyID(id).keyUse(KeyUse.SIGNATURE).generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** Claims that are in order. */
  static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .subject("billing")
        .expirationTime(in(Duration.ofMinutes(10)))
        .claim(TENANT_CLAIM, "acme")
        .claim(ROLES_CLAIM, List.of("operator", "something-else"));
  }

  static Date in(Duration time) {
    return Date.from(Instant.now().plus(time));
  }

  /** Signed as the key's kind is meant to be. */
  static String signed(JWK key, JWTClaimsSet.Builder claims) {
    try {
      return key instanceof RSAKey rsa
          ? signed(JWSAlgorithm.RS256, key.getKeyID(), new RSASSASigner(rsa), claims)
          : signed(JWSAlgorithm.ES256, key.getKeyID(), new ECDSASigner((ECKey) key), claims);
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static String signed(
      JWSAlgorithm algorithm, String keyId, JWSSigner signer, JWTClaimsSet.Builder claims) {
    try {
      SignedJWT token =
          new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims.build());
      token.sign(signer);
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
