package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.PermanentFailureException;
import java.io.Serializable;

/**
 * What one or more event types mean for the tables: a pure function. It reads nothing but the
 * event, no clock and no database, so that the tables depend on the set of events alone. Of the
 * message that the event came in it sees nothing: no attributes, no times, no message ID.
 */
@FunctionalInterface
public interface EventHandler extends Serializable {
  /**
   * Checks that {@link #handle} can rely on what it reads. Without a rule of its own a handler
   * takes any JSON object: its columns check what they hold.
   *
   * @throws PermanentFailureException where it cannot; the message names JSON pointers and rules
   */
  default void validate(Event event) {}

  /**
   * What {@code event}, decoded by its source and validated, says of the rows it speaks of. No rows
   * are a fine answer: the ledger records the event all the same.
   *
   * <p>An attribute that its column cannot hold need not cost the event the others: catch the
   * exception of {@link dev.tidegate.schemas.Upsert.Builder#set}, and add a warning.
   *
   * @throws PermanentFailureException where a value does not fit its column, or nothing of the
   *     event can be stored: the whole event is then a dead letter
   */
  HandlerOutput handle(Event event);
}
