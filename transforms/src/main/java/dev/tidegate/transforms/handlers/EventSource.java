package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * A kind of sender: how its notifications are read, who handles which type, and which tables it
 * feeds. Instances never change and are shared between threads. They travel to the workers, so an
 * instance is serialized as whatever it can be rebuilt from.
 */
public interface EventSource extends Serializable {
  /** The name in the {@code source} attribute, {@code terminal49} for example. */
  String name();

  /**
   * What can be read of a notification's identity from its body alone. Of names that repeat in an
   * object the last counts, as for who reads the whole body. Cheap; never throws: what cannot be
   * read is empty.
   */
  NotificationIdentity identify(byte[] body);

  /**
   * {@code event} with its identity: the one rule, for ledger, archive, handlers and version. The
   * notification ID is the one that was given with the body, else the body's. The type is the
   * body's own, else the one that was given: what a body says of itself, its version covers.
   *
   * @param event with the ID and type that were given with its body
   */
  default RawEvent identify(RawEvent event) {
    NotificationIdentity own = identify(event.body());
    return event.toBuilder()
        .notificationId(event.notificationId().or(own::notificationId))
        .eventType(own.eventType().or(event::eventType))
        .typeFromAttribute(own.eventType().isEmpty() && event.eventType().isPresent())
        .build(event.bodySha256());
  }

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
   * @throws PermanentFailureException where it is not what this source sends: not JSON, no ID, no
   *     type, an unreadable time
   */
  Event decode(RawEvent raw);

  /**
   * Checks that the event's handler can rely on what it reads. Types without one are free to look
   * as they like.
   *
   * @throws PermanentFailureException where it cannot; the message names JSON pointers and rules
   */
  default void validate(Event event) {
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
