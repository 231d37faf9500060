package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import java.util.List;
import java.util.Optional;

/**
 * A kind of sender: how its notifications are read, who handles which type, and which tables it
 * feeds. Instances are stateless and shared between threads.
 */
public interface EventSource {
  /** The name in the {@code source} attribute, {@code terminal49} for example. */
  String name();

  /**
   * What can be read of a notification's identity from its body alone, for messages whose
   * attributes do not carry it. Cheap; never throws: what cannot be read is empty.
   */
  NotificationIdentity identify(byte[] body);

  /**
   * What the archive's columns say of the event, as far as its body and attributes tell. Cheap;
   * never throws, whatever the bytes are: what cannot be read is empty.
   */
  default EventFacts factsOf(RawEvent event) {
    return EventFacts.NONE;
  }

  /**
   * Reads the notification.
   *
   * @throws UndecodableEventException where it is not what this source sends: not JSON, no ID, no
   *     type, an unreadable time
   */
  Event decode(RawEvent raw) throws UndecodableEventException;

  /**
   * Checks that the event's handler can rely on what it reads. Types without one are free to look
   * as they like.
   *
   * @throws InvalidEventException where it cannot; the message names JSON pointers and rules
   */
  default void validate(Event event) throws InvalidEventException {
    Optional<EventHandler> handler = handlerOf(event.eventType());
    if (handler.isPresent()) {
      handler.get().validate(event);
    }
  }

  /** The handler of {@code eventType}; empty where the type is unknown, which is no error. */
  Optional<EventHandler> handlerOf(String eventType);

  /** All tables this source's handlers write, in the order in which batches lock them. */
  List<Table> tables();
}
