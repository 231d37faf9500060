package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jwt.EncryptedJWT;
import com.nimbusds.jwt.JWTClaimsSet;
import dev.tidegate.gateway.config.Secret;
import dev.tidegate.schemas.Sha256;
import java.security.GeneralSecurityException;
import java.text.ParseException;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Seals what the gateway hands out and takes back: JWTs that are encrypted by AES-256-GCM (RFC
 * 7516, {@code dir}). Each purpose has a key of its own, so what was sealed for one opens for no
 * other. Every gateway that has one of the current keys can open it.
 */
final class Seal {
  private static final String MAC = "HmacSHA256";
  private static final int KEY_ID_LENGTH = 16;

  /** What is sealed. */
  enum Purpose {
    SESSION,
    SIGN_IN_CODE,
    OIDC_REQUEST
  }

  private final Map<Purpose, Map<String, SecretKey>> keys = new LinkedHashMap<>();
  private final InstantSource clock;

  /**
   * @param secrets the first of which seals, and all of which open
   */
  Seal(List<Secret> secrets, InstantSource clock) {
    this.clock = clock;
    for (Purpose purpose : Purpose.values()) {
      Map<String, SecretKey> ofPurpose = new LinkedHashMap<>();
      for (Secret secret : secrets) {
        byte[] key = derived(secret, purpose);
        ofPurpose.put(Sha256.hexOf(key).substring(0, KEY_ID_LENGTH), new SecretKeySpec(key, "AES"));
      }
      keys.put(purpose, ofPurpose);
    }
  }

  private static byte[] derived(Secret secret, Purpose purpose) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(new SecretKeySpec(secret.bytes(), MAC));
      return mac.doFinal(("tidegate-console:" + purpose).getBytes(UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JVM has " + MAC, impossible);
    }
  }

  /** {@code claims}, which nobody else can read or change. */
  String seal(Purpose purpose, JWTClaimsSet claims) {
    Map.Entry<String, SecretKey> key = keys.get(purpose).entrySet().iterator().next();
    EncryptedJWT jwt =
        new EncryptedJWT(
            new JWEHeader.Builder(JWEAlgorithm.DIR, EncryptionMethod.A256GCM)
                .keyID(key.getKey())
                .build(),
            claims);
    try {
      jwt.encrypt(new DirectEncrypter(key.getValue()));
    } catch (JOSEException impossible) {
      throw new IllegalStateException("a JVM has AES-256-GCM", impossible);
    }
    return jwt.serialize();
  }

  /** What was sealed; empty where {@code text} is nothing of that kind, or has expired. */
  Optional<JWTClaimsSet> open(Purpose purpose, String text) {
    try {
      EncryptedJWT jwt = EncryptedJWT.parse(text);
      SecretKey key = keys.get(purpose).get(jwt.getHeader().getKeyID());
      if (key == null) {
        return Optional.empty();
      }
      jwt.decrypt(new DirectDecrypter(key));
      JWTClaimsSet claims = jwt.getJWTClaimsSet();
      Date expiry = claims == null ? null : claims.getExpirationTime();
      return Optional.ofNullable(claims)
          .filter(known -> expiry != null && expiry.toInstant().isAfter(clock.instant()));
    } catch (ParseException | JOSEException | IllegalStateException notSealedHere) {
      return Optional.empty();
    }
  }
}
