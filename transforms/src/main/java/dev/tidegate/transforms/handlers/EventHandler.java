package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import java.io.Serializable;

/**
 * A pure function from an event to rows and effects, for one or more event types. It reads only the
 * event, and no clock or database, so the tables depend on the set of events alone. It does not see
 * the message of the event: no attributes, no times, no message ID.
 */
@FunctionalInterface
public interface EventHandler extends Serializable {
  /**
   * Checks what {@link #handle} relies on. By default a handler takes any JSON object, and the
   * columns check their values.
   *
   * @throws PermanentFailureException where it cannot; the message names JSON pointers and rules
   */
  default void validate(Event event) {}

  /**
   * Makes the rows of {@code event}, which its source has decoded and validated. A handler may make
   * no rows: the ledger records the event anyway.
   *
   * <p>To store the other attributes where a column cannot hold one, catch the exception of {@link
   * dev.tidegate.schemas.Upsert.Builder#set} and add a warning.
   *
   * @throws PermanentFailureException where a value does not fit its column, or nothing of the
   *     event can be stored: the whole event is then a dead letter
   */
  HandlerOutput handle(Event event);
}
