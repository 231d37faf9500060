package dev.tidegate.transforms.handlers.saga;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tidegate.schemas.Event;

/**
 * An event of a saga's instance.
 *
 * @param event the event; its version is its place in the fold
 * @param depth how many events before it caused one another; 0 where nobody but its sender did
 */
public record SagaEvent(Event event, int depth) {
  private static final String KEY = "key";

  /** The prefix of types of events about sagas themselves. */
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

  /** Whether it tells of a task that undoes an effect of {@code saga}: the saga asked for none. */
  boolean isOfCompensation(String saga) {
    return keyOfTask(saga).endsWith(SagaFold.COMPENSATION);
  }

  /**
   * The event as {@code saga} sees it: a task that was issued anew has the key that the saga gave.
   */
  Event seenBy(String saga) {
    int reserved = keyOfTask(saga).indexOf(SagaFold.RESERVED);
    if (reserved < 0) {
      return event;
    }
    ObjectNode payload = event.payload().deepCopy();
    payload.put(KEY, keyOfTask(saga).substring(0, reserved));
    return Event.kept(
        event.raw(), event.notificationId(), event.eventType(), event.version(), payload);
  }

  /** The key of the saga's own task that it tells of; empty where it does not. */
  private String keyOfTask(String saga) {
    boolean isOfTask =
        depth > 0
            && event.eventType().startsWith("task.")
            && event.payload().path("saga").asText().equals(saga);
    return isOfTask ? event.payload().path(KEY).asText() : "";
  }
}
