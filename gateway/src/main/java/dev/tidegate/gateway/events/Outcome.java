package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;

/** What has become of one event of a request. */
sealed interface Outcome {
  /** It was read, and may be published. */
  record InOrder(SentEvent event) implements Outcome {}

  /**
   * It is durable.
   *
   * @param eventId to ask by what became of it
   * @param source whose event it is
   */
  record Accepted(String eventId, String source) implements Outcome {}

  /** It is not, and why; no other event suffers. */
  record Refused(Problem problem) implements Outcome {}
}
