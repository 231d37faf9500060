package dev.tidegate.transforms.handlers.saga;

import dev.tidegate.schemas.Event;

/**
 * An event of a saga's instance.
 *
 * @param event the event; its version is its place in the fold
 * @param depth how many events before it caused one another; 0 where nobody but its sender did
 */
public record SagaEvent(Event event, int depth) {
  /** The type of the event that a deadline has passed. */
  public static final String DEADLINE = "saga.deadline";

  /** The type of an operator's event that ends an instance. */
  public static final String CANCEL = "saga.cancel";

  /** The type of an operator's event that has an instance folded again. It is in no set. */
  public static final String RETRY = "saga.retry";

  /** What the types begin with that tell of sagas themselves. */
  static final String OF_SAGAS = "saga.";

  /** {@code event} as it came: sagas see nothing of its message. */
  public static SagaEvent of(Event event) {
    return new SagaEvent(event.withoutEnvelope(), event.raw().causationDepth());
  }

  /** Whether it is an event of {@code type} that Tidegate itself made. */
  public boolean isOwn(String type) {
    return depth > 0 && event.eventType().equals(type);
  }

  /** Whether Tidegate itself tells by it something of sagas. */
  boolean tellsOfSagas() {
    return depth > 0 && event.eventType().startsWith(OF_SAGAS);
  }
}
