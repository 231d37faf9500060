package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;

/** What the sender of an event is told of it. */
sealed interface Outcome {
  /**
   * It is durable.
   *
   * @param eventId to ask by what became of it
   */
  record Accepted(String eventId) implements Outcome {}

  /** It is not, and why. */
  record Refused(Problem problem) implements Outcome {}
}
