package dev.tidegate.gateway.events;

import dev.tidegate.gateway.http.Problem;

/** What became of reading one event of a request. */
sealed interface ReadEvent {
  /** It is in order. */
  record InOrder(SentEvent event) implements ReadEvent {}

  /** It is not, and no other event suffers. */
  record Refused(Problem problem) implements ReadEvent {}
}
