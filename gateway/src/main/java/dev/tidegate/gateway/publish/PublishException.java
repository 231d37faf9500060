package dev.tidegate.gateway.publish;

/** Pub/Sub did not take an event that was to be published now. */
public final class PublishException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why not. */
  public enum Reason {
    /** Pub/Sub is away or overloaded, or the gateway stops: the same event may be taken later. */
    UNAVAILABLE,
    /** Pub/Sub never takes this event. */
    REFUSED
  }

  private final Reason reason;

  public PublishException(Reason reason, String message) {
    // Many events fail at once, and a trace would tell nothing.
    super(message, null, false, false);
    this.reason = reason;
  }

  /** Why Pub/Sub did not take the event. */
  public Reason reason() {
    return reason;
  }
}
