package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.View;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A kind of sender: how to read its notifications, the handler of each type, and the tables that it
 * writes. Instances never change, and threads share them. They travel to the workers: an instance
 * serializes what it can be rebuilt from.
 */
public interface EventSource extends Serializable {
  /** The name in the {@code source} attribute, {@code terminal49} for example. */
  String name();

  /** The tenants whose events it takes; empty where it takes every tenant's. */
  default Set<String> tenants() {
    return Set.of();
  }

  /**
   * Reads a notification's identity from its body alone. Where a name repeats in an object, the
   * last one counts, as when the whole body is parsed. Cheap. It never throws: what cannot be read
   * is empty.
   */
  NotificationIdentity identify(byte[] body);

  /**
   * Gives {@code event} its identity, by one rule for ledger, archive, handlers and version. The
   * notification ID is the given one, or else the body's. The type is the body's, or else the given
   * one: the version covers the body.
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
   * Reads the facts for the archive's columns from body and attributes. Cheap. It never throws,
   * whatever the bytes are: what cannot be read is empty.
   */
  default EventFacts factsOf(RawEvent event) {
    return EventFacts.NONE;
  }

  /**
   * Reads what people look for the event by, values by their names, where no handler says it: of
   * types without a handler, and of dead letters. Cheap. It never throws, whatever the bytes are.
   */
  default Map<String, String> keysOf(RawEvent event) {
    return Map.of();
  }

  /**
   * Reads the notification.
   *
   * @throws PermanentFailureException where it is not what this source sends: not JSON, no ID, no
   *     type, an unreadable time
   */
  Event decode(RawEvent raw);

  /**
   * Checks what the event's handler relies on. Events without a handler are not checked.
   *
   * @throws PermanentFailureException where it cannot; the message names JSON pointers and rules
   */
  default void validate(Event event) {
    Optional<EventHandler> handler = handlerOf(event.eventType());
    if (handler.isPresent()) {
      handler.get().validate(event);
    }
  }

  /** The handler of {@code eventType}; empty where the type is unknown. This is no error. */
  Optional<EventHandler> handlerOf(String eventType);

  /** Its sagas, each with a name of its own. */
  default List<Saga<?>> sagas() {
    return List.of();
  }

  /** All tables this source's handlers write, in the order in which batches lock them. */
  List<Table> tables();

  /** Views over its tables, such as balances. */
  default List<View> views() {
    return List.of();
  }

  /**
   * Statements that are run every other second beside the events, such as one that works off marks
   * of rows to be derived anew. Each does a part of its work that takes some milliseconds, as a
   * transaction of its own, and returns one number: how much it did. It is run again at once unless
   * that is 0. Several workers may run it at the same time.
   */
  default List<String> upkeep() {
    return List.of();
  }

  /** Whether Tidegate's own migrations make its tables; those of others are added as they are. */
  default boolean hasMigrations() {
    return false;
  }

  /** Where it is defined, for messages: a class and its jar, or a file. */
  default String origin() {
    return EventSources.originOf(getClass());
  }

  /** Where its table {@code table} is defined, for messages. */
  default String originOf(Table table) {
    return origin();
  }

  /** Where its view {@code view} is defined, for messages. */
  default String originOf(View view) {
    return origin();
  }
}
