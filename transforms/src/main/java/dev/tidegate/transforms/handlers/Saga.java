package dev.tidegate.transforms.handlers;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import java.io.Serializable;
import java.time.Instant;
import java.util.Optional;

/**
 * A process over several events, such as a question that waits for its answer. An instance is a
 * pure function of the set of its events: they are folded in the order of their versions, from
 * {@link #start} on, whatever the order in which they came. An event that comes late or twice so
 * ends in the same state, effects and deadlines as one that came in time.
 *
 * <p>An effect that a later fold no longer implies is taken back: an effect that is not done yet is
 * cancelled, one that is done is compensated. Time enters as an event: a deadline that has passed.
 *
 * @param <S> the state; immutable
 */
public interface Saga<S> extends Serializable {
  /** Its name within its source, {@code research} for example. */
  String name();

  /**
   * The instance that {@code event} belongs to; empty where it concerns none. Events about the
   * saga's own tasks and deadlines need not be known here: they belong to the instance that has
   * them.
   */
  Optional<String> instanceOf(Event event);

  /** The state before any event. */
  S start();

  /**
   * The state after {@code event}. It may be an event of a task that the instance has issued:
   * {@code task.completed}, {@code task.failed} or {@code task.cancelled}.
   *
   * @param step what the event causes besides the state
   */
  S apply(S state, Event event, Step step);

  /** The state after a deadline has passed that is still set. It is not set any more. */
  default S deadlinePassed(S state, String deadline, Instant due, Step step) {
    return state;
  }

  /** The state as people see it. */
  JsonNode toJson(S state);

  /** What an event causes in the fold, besides the state. */
  interface Step {
    /**
     * Implies {@code effect}, from here to the end of the fold unless it is revoked. Its key tells
     * it from all others of the instance; one with the same key takes the place of the earlier.
     */
    void effect(Effect effect);

    /** Takes back the effect with that key; nothing where there is none. */
    void revoke(String key);

    /** Sets a deadline; one with the same name takes the place of the earlier. */
    void deadline(String name, Instant due);

    /** Takes a deadline back; nothing where it is not set. */
    void clear(String name);

    /** Says what the instance waits for from now on, in words; it is only shown. */
    void waitFor(String what);

    /** The instance is done. Later events are folded all the same. */
    void complete();
  }
}
