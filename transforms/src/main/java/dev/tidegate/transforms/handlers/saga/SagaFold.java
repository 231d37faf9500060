package dev.tidegate.transforms.handlers.saga;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Microseconds;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Rfc3339;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.Saga;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The meaning of the set of an instance's events: the events folded in the order of their versions,
 * whatever the order in which they came and however often. It is pure.
 *
 * @param status what has become of the instance
 * @param failure why it could not be folded; no value of an event is in it
 * @param state the state as people see it; of an instance that cannot be folded, the state before
 *     the event at which that fails
 * @param waitingFor what the instance waits for
 * @param since the time of the event that said so; empty where that event has none
 * @param last the last event; empty where there is none
 * @param events how many there are
 * @param depth of the deepest event
 * @param effects those that stand, in the order in which they were first implied
 * @param revoked those that were implied and then taken back by an event
 * @param deadlines those that are set
 */
public record SagaFold(
    Status status,
    Optional<String> failure,
    JsonNode state,
    Optional<String> waitingFor,
    Optional<Instant> since,
    Optional<LastEvent> last,
    int events,
    int depth,
    List<ImpliedEffect> effects,
    List<ImpliedEffect> revoked,
    List<Deadline> deadlines) {
  /** The most events of an instance. */
  public static final int MOST_EVENTS = 1_000;

  /** A character that only keys made by Tidegate have. */
  public static final String RESERVED = "#";

  /** The end of the key of an effect that undoes another. */
  public static final String COMPENSATION = RESERVED + "compensation";

  private static final int LONGEST_STATE = 256 << 10;

  /** What has become of an instance. */
  public enum Status {
    /** It goes on. */
    ACTIVE,
    /** It is done. */
    COMPLETED,
    /** An operator has ended it. */
    CANCELLED,
    /** It cannot be folded. Effects and deadlines stay as they were. */
    FAILED
  }

  /**
   * The event of the highest version.
   *
   * @param id its notification ID
   * @param asOf when it was true
   */
  public record LastEvent(String id, String type, Instant asOf) {}

  /**
   * An effect that an event implies.
   *
   * @param event the event's notification ID
   * @param asOf when the event was true
   * @param depth how many events have caused one another before the effect
   */
  public record ImpliedEffect(Effect effect, String event, Instant asOf, int depth) {}

  /**
   * A time at which the instance wants to be told that it has come.
   *
   * @param depth how many events have caused one another before that is told
   */
  public record Deadline(String name, Instant due, int depth) {}

  /**
   * Folds {@code events}.
   *
   * @param events of one instance, in any order, each as often as it came. Of two bodies under one
   *     notification ID the newer version counts
   */
  public static <S> SagaFold of(Saga<S> saga, Collection<SagaEvent> events) {
    Map<String, SagaEvent> newest = new HashMap<>();
    for (SagaEvent event : events) {
      newest.merge(
          event.event().notificationId(),
          event,
          (one, other) ->
              one.event().version().compareTo(other.event().version()) >= 0 ? one : other);
    }
    List<SagaEvent> ordered = new ArrayList<>(newest.values());
    ordered.sort(Comparator.comparing(event -> event.event().version()));
    return new Folding<>(saga, ordered).fold();
  }

  /** The fold while it goes on. */
  private static final class Folding<S> implements Saga.Step {
    private final Saga<S> saga;
    private final List<SagaEvent> events;
    private final Map<String, ImpliedEffect> effects = new LinkedHashMap<>();
    private final Map<String, ImpliedEffect> revoked = new LinkedHashMap<>();
    private final Map<String, Deadline> deadlines = new LinkedHashMap<>();

    /** What has passed, set or not. */
    private final Set<Passed> passed = new HashSet<>();

    private Status status = Status.ACTIVE;
    private @Nullable String waitingFor;
    private @Nullable Instant since;
    private @Nullable S folded;

    /** The event that is being applied. */
    private @Nullable SagaEvent at;

    private record Passed(String name, Instant due) {}

    Folding(Saga<S> saga, List<SagaEvent> events) {
      this.saga = saga;
      this.events = events;
    }

    SagaFold fold() {
      boolean isCancelled =
          events.stream().anyMatch(event -> event.isOwn(EffectEvents.SAGA_CANCEL));
      try {
        if (events.size() > MOST_EVENTS) {
          throw PermanentFailureException.invalid(
              "the instance has more than %d events".formatted(MOST_EVENTS));
        }
        apply();
        at = null;
        return result(storable(saga.toJson(folded)), Optional.empty());
      } catch (PermanentFailureException refused) {
        return failed(refused.getMessage(), isCancelled);
      } catch (RuntimeException | StackOverflowError bug) {
        // Its message may quote the event.
        return failed("the saga has a bug: " + bug.getClass().getName(), isCancelled);
      }
    }

    private void apply() {
      folded = Objects.requireNonNull(saga.start(), "start");
      for (SagaEvent event : events) {
        at = event;
        if (event.isOwn(EffectEvents.SAGA_CANCEL)) {
          cancel();
          return;
        }
        if (event.isOwn(EffectEvents.SAGA_DEADLINE)) {
          Passed deadline = passedBy(event.event());
          pass(deadline);
          passed.add(deadline);
        } else if (!event.tellsOfSagas() && !event.isOfCompensation(saga.name())) {
          Event seen = event.seenBy(saga.name());
          folded = Objects.requireNonNull(saga.apply(folded, seen, this), "state");
        }
        passWhatCameTooLate(event.event().asOf());
      }
    }

    private static @Nullable Passed passedBy(Event event) {
      Optional<Instant> due = Rfc3339.parse(event.payload().path("due_at").asText());
      String name = event.payload().path("deadline").asText();
      return due.map(time -> new Passed(name, time)).orElse(null);
    }

    private void pass(@Nullable Passed deadline) {
      if (deadline != null && isSet(deadline)) {
        deadlines.remove(deadline.name);
        folded =
            Objects.requireNonNull(
                saga.deadlinePassed(folded, deadline.name, deadline.due, this), "state");
      }
    }

    private boolean isSet(Passed deadline) {
      Deadline set = deadlines.get(deadline.name);
      return set != null && set.due().equals(deadline.due);
    }

    /**
     * A deadline may be set to a time that lies before the event that sets it. Its own event then
     * has its place before that one.
     */
    private void passWhatCameTooLate(Instant now) {
      for (Deadline deadline : List.copyOf(deadlines.values())) {
        Passed early = new Passed(deadline.name(), deadline.due());
        if (!deadline.due().isAfter(now) && passed.contains(early)) {
          pass(early);
        }
      }
    }

    private void cancel() {
      revoked.putAll(effects);
      effects.clear();
      deadlines.clear();
      status = Status.CANCELLED;
      waitingFor = null;
      since = null;
    }

    private SagaFold failed(String reason, boolean isCancelled) {
      String failure =
          at == null
              ? reason
              : "%s %s: %s".formatted(at.event().eventType(), at.event().notificationId(), reason);
      // What cannot be folded can be ended all the same.
      effects.clear();
      revoked.clear();
      deadlines.clear();
      if (isCancelled) {
        cancel();
      } else {
        status = Status.FAILED;
      }
      return result(stateBefore(), Optional.of(failure));
    }

    /** The state before the event that could not be folded; null where that cannot be told. */
    private JsonNode stateBefore() {
      try {
        return folded == null ? NullNode.getInstance() : storable(saga.toJson(folded));
      } catch (RuntimeException | StackOverflowError untold) {
        return NullNode.getInstance();
      }
    }

    private SagaFold result(JsonNode state, Optional<String> failure) {
      Optional<LastEvent> last =
          events.stream()
              .reduce((first, second) -> second)
              .map(SagaEvent::event)
              .map(event -> new LastEvent(event.notificationId(), event.eventType(), event.asOf()));
      return new SagaFold(
          status,
          failure,
          state,
          Optional.ofNullable(waitingFor),
          Optional.ofNullable(since),
          last,
          events.size(),
          events.stream().mapToInt(SagaEvent::depth).max().orElse(0),
          List.copyOf(effects.values()),
          List.copyOf(revoked.values()),
          List.copyOf(deadlines.values()));
    }

    private static JsonNode storable(@Nullable JsonNode state) {
      try {
        if (ColumnType.JSONB.toText(state).length() > LONGEST_STATE) {
          throw PermanentFailureException.invalid(
              "the state must have at most %d characters".formatted(LONGEST_STATE));
        }
        return state;
      } catch (IllegalArgumentException unstorable) {
        throw PermanentFailureException.invalid("the state " + unstorable.getMessage());
      }
    }

    @Override
    public void effect(Effect effect) {
      requireKey(effect.key());
      revoked.remove(effect.key());
      effects.put(
          effect.key(),
          new ImpliedEffect(
              effect, at.event().notificationId(), at.event().asOf(), at.depth() + 1));
      if (effects.size() > Effect.MOST) {
        throw PermanentFailureException.invalid(
            "the instance has more than %d effects".formatted(Effect.MOST));
      }
    }

    private static void requireKey(String key) {
      if (!Event.isName(key) || key.contains(RESERVED)) {
        throw PermanentFailureException.invalid(
            "the key of a saga's effect must be %s, and without %s"
                .formatted(Event.NAME_RULE, RESERVED));
      }
    }

    @Override
    public void revoke(String key) {
      ImpliedEffect effect = effects.remove(key);
      if (effect != null) {
        revoked.put(key, effect);
      }
    }

    @Override
    public void deadline(String name, Instant due) {
      requireName(name, "a deadline's name");
      if (!Microseconds.isStorable(due)) {
        throw PermanentFailureException.invalid("a deadline must lie within years 1 to 9999");
      }
      // Time passes by itself, and not because one event causes another.
      int depth = at.isOwn(EffectEvents.SAGA_DEADLINE) ? at.depth() : at.depth() + 1;
      deadlines.put(name, new Deadline(name, Microseconds.toInstant(Microseconds.of(due)), depth));
      if (deadlines.size() > Effect.MOST) {
        throw PermanentFailureException.invalid(
            "the instance has more than %d deadlines".formatted(Effect.MOST));
      }
    }

    @Override
    public void clear(String name) {
      deadlines.remove(name);
    }

    @Override
    public void waitFor(String what) {
      requireName(what, "what a saga waits for");
      if (!what.equals(waitingFor)) {
        waitingFor = what;
        Instant asOf = at.event().asOf();
        since = asOf.equals(Version.UNKNOWN_TIME) ? null : asOf;
      }
    }

    @Override
    public void complete() {
      status = Status.COMPLETED;
      waitingFor = null;
      since = null;
    }

    private static void requireName(String name, String what) {
      if (!Event.isName(name)) {
        throw PermanentFailureException.invalid("%s must be %s".formatted(what, Event.NAME_RULE));
      }
    }
  }
}
