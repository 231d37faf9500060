package dev.tidegate.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tidegate.gateway.auth.Credentials.Identity;
import dev.tidegate.gateway.console.SignInService.Code;
import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.Sha256;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * Codes that hand a session over to a browser: each is good once, and for a minute. The database
 * has their SHA-256 only, and sealed whose they are.
 */
final class SignInCodes {
  static final Duration LIFETIME = Duration.ofSeconds(60);

  private static final int BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final ConsoleSessions sessions;
  private final InstantSource clock;

  /** A row of the table. */
  record Row(String session, Instant expiresAt) {}

  SignInCodes(ConsoleSessions sessions, InstantSource clock) {
    this.sessions = sessions;
    this.clock = clock;
  }

  /** A new code for {@code identity}. */
  Code make(Handle handle, Identity identity) {
    byte[] random = new byte[BYTES];
    RANDOM.nextBytes(random);
    String code = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    Instant expiresAt = clock.instant().plus(LIFETIME);
    handle
        .createUpdate("DELETE FROM console_codes WHERE expires_at <= ?")
        .bind(0, clock.instant())
        .execute();
    handle
        .createUpdate(
            "INSERT INTO console_codes (code_sha256, session, expires_at) VALUES (?, ?, ?)")
        .bind(0, hash(code))
        .bind(1, sessions.sealedText(Seal.Purpose.SIGN_IN_CODE, identity))
        .bind(2, expiresAt)
        .execute();
    return new Code(code, expiresAt);
  }

  /**
   * Whose {@code code} it is; it is used up with that.
   *
   * @throws dev.tidegate.gateway.http.ProblemException {@code UNAUTHENTICATED}
   */
  Identity redeem(Handle handle, String code) {
    Optional<Row> row =
        handle
            .createQuery(
                "DELETE FROM console_codes WHERE code_sha256 = ? RETURNING session, expires_at")
            .bind(0, hash(code))
            .mapTo(Row.class)
            .findOne();
    return row.filter(known -> known.expiresAt().isAfter(clock.instant()))
        .flatMap(known -> sessions.opened(Seal.Purpose.SIGN_IN_CODE, known.session()))
        // Its key may have been taken away meanwhile.
        .filter(identity -> sessions.recall(identity).isPresent())
        .orElseThrow(
            () ->
                Problem.of(
                        ProblemType.UNAUTHENTICATED,
                        "The code is not valid: it was used already, or is older than a minute."
                            + " Ask for another one.")
                    .asException());
  }

  private static String hash(String code) {
    return Sha256.hexOf(code.getBytes(UTF_8));
  }
}
