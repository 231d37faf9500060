package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.DeadLetter;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.RawEvent;
import java.util.Optional;

/**
 * One attempt to write an event, and what came of it.
 *
 * @param event the event as it came
 * @param notificationId the sender's ID, or what stands for it
 * @param isTypeKnown whether a handler knows its type: senders choose the others
 * @param letter why it failed; empty where it did not
 */
record Attempt(
    RawEvent event,
    String notificationId,
    boolean isTypeKnown,
    Outcome outcome,
    Optional<DeadLetter> letter) {
  /** What came of it. */
  enum Outcome {
    PROCESSED,
    UNHANDLED,
    /** Nothing of it was new. */
    DUPLICATE,
    DEAD_LETTER
  }

  /** Whether it is part of a replay. */
  boolean isReplay() {
    return event.attribute(EventAttributes.REPLAY_ID).isPresent();
  }

  /** The same with another outcome. */
  Attempt with(Outcome other) {
    return new Attempt(event, notificationId, isTypeKnown, other, letter);
  }

  /** The type, as far as it is one of a bounded set: else empty. */
  String knownType() {
    return isTypeKnown ? event.eventType().orElse("") : "";
  }
}
