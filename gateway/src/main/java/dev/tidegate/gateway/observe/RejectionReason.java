package dev.tidegate.gateway.observe;

import dev.tidegate.gateway.http.ProblemType;
import java.util.Locale;

/**
 * Why an event was not accepted: the label {@code reason} of {@code
 * tidegate_events_rejected_total}.
 */
public enum RejectionReason {
  SIGNATURE,
  ADDRESS,
  UNAUTHENTICATED,
  FORBIDDEN,
  INVALID,

  /** A key that stands for another event. */
  CONFLICT,
  TOO_LARGE,
  RATE,
  UNAVAILABLE;

  /** The reason for a problem of {@code type}: why an event was not accepted. */
  public static RejectionReason of(ProblemType type) {
    return switch (type) {
      case UNAUTHENTICATED -> UNAUTHENTICATED;
      case FORBIDDEN -> FORBIDDEN;
      case TOO_MANY_REQUESTS -> RATE;
      case CONFLICT -> CONFLICT;
      case UNAVAILABLE, INTERNAL -> UNAVAILABLE;
      default -> INVALID;
    };
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
