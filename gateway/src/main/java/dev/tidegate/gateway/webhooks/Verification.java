package dev.tidegate.gateway.webhooks;

import java.util.Locale;

/** Whether a request is signed, and by whom. */
sealed interface Verification {
  /**
   * It is.
   *
   * @param tenant whose secret verified
   */
  record Verified(String tenant) implements Verification {}

  /** It is not, and why: for the log, not for the sender. */
  enum Failed implements Verification {
    /** A header is not there, or there twice. */
    MISSING,
    /** A header cannot be read. */
    MALFORMED,
    /** The timestamp is too far from now. */
    EXPIRED,
    /** It is no active secret's. */
    MISMATCH;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
