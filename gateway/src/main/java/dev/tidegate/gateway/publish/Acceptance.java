package dev.tidegate.gateway.publish;

/** How an event was made durable: only then may its sender be told that it was accepted. */
public sealed interface Acceptance {
  /**
   * Pub/Sub has confirmed it.
   *
   * @param messageId the ID it gave the message
   */
  record Published(String messageId) implements Acceptance {}

  /** It is on this machine's disk, and will be published when Pub/Sub is back. */
  record Spooled() implements Acceptance {}
}
