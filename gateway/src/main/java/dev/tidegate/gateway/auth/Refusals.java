package dev.tidegate.gateway.auth;

import dev.tidegate.gateway.http.Problem;
import dev.tidegate.gateway.http.ProblemException;
import dev.tidegate.gateway.http.ProblemType;
import dev.tidegate.schemas.Event;
import java.time.Duration;

/** Why a caller is not known. No answer says which rule a token breaks. */
final class Refusals {
  private static final Duration KEYS_AWAY = Duration.ofSeconds(5);

  private Refusals() {}

  static ProblemException noCredential() {
    return refusal("Send a JWT in Authorization: Bearer, or an API key in X-API-Key.");
  }

  static ProblemException twoCredentials() {
    return refusal("Send either Authorization or X-API-Key, once.");
  }

  static ProblemException unknownKey() {
    return refusal("Send an API key that is valid.");
  }

  static ProblemException badToken() {
    return refusal(
        "Send a JWT that a trusted issuer has signed for this audience and that is valid now.");
  }

  /** A token that is valid, and tells no tenant. */
  static ProblemException noTenant(String claim) {
    return refusal("Send a JWT whose claim %s names a tenant.".formatted(claim));
  }

  /** A token that is valid, with a subject that nothing can be kept under. */
  static ProblemException badSubject() {
    return refusal("Send a JWT whose claim sub is " + Event.NAME_RULE + ".");
  }

  /** The issuer's keys cannot be had: whether the token is valid is not known. */
  static ProblemException keysAway() {
    return Problem.of(
            ProblemType.UNAVAILABLE, "The issuer's keys cannot be read now. Try again later.")
        .retryAfter(KEYS_AWAY)
        .asException();
  }

  private static ProblemException refusal(String detail) {
    return Problem.of(ProblemType.UNAUTHENTICATED, detail).asException();
  }
}
