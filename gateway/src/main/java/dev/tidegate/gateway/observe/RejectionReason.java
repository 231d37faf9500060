package dev.tidegate.gateway.observe;

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

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
