package dev.tidegate.gateway.replay;

/** What is done with each event of a replay. */
enum ReplayAction {
  /** It is published again. */
  REPLAY,
  /** Its dead letter will not be replayed. */
  DISCARD
}
