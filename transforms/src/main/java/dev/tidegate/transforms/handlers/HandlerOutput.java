package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EventKeys;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The output of a handler for one event.
 *
 * @param upserts the rows that the event writes
 * @param warnings the parts of the event that cannot be stored
 * @param effects what else the event causes: at most {@link Effect#MOST}. An effect without a key
 *     gets its place in the list for one, so a handler that leaves some out by condition gives keys
 * @param about what people look for the event by, values by their names: at most {@link
 *     EventKeys#MOST}
 */
public record HandlerOutput(
    List<Upsert> upserts, List<Warning> warnings, List<Effect> effects, Map<String, String> about) {
  /**
   * @throws PermanentFailureException where there are too many effects, or two have one key
   * @throws IllegalArgumentException where {@code about} has too many names
   */
  public HandlerOutput {
    upserts = List.copyOf(upserts);
    warnings = List.copyOf(warnings);
    effects = effects.isEmpty() ? List.of() : keyed(effects);
    about = Map.copyOf(about);
    if (about.size() > EventKeys.MOST) {
      throw new IllegalArgumentException(
          "an event can have at most %d keys to be found by".formatted(EventKeys.MOST));
    }
  }

  /** Rows, warnings and effects, of an event that is found by its IDs and its rows only. */
  public HandlerOutput(List<Upsert> upserts, List<Warning> warnings, List<Effect> effects) {
    this(upserts, warnings, effects, Map.of());
  }

  /** Rows and warnings, without effects. */
  public HandlerOutput(List<Upsert> upserts, List<Warning> warnings) {
    this(upserts, warnings, List.of());
  }

  /** Rows without warnings. */
  public static HandlerOutput of(Upsert... upserts) {
    return new HandlerOutput(List.of(upserts), List.of());
  }

  /** The same with {@code effects}. */
  public HandlerOutput causing(Effect... more) {
    List<Effect> all = new ArrayList<>(effects);
    all.addAll(List.of(more));
    return new HandlerOutput(upserts, warnings, all, about);
  }

  /**
   * The same, found by {@code value} too: a container's number, for example. A value that is empty
   * or longer than 200 characters is left out.
   *
   * @param name what the value is
   */
  public HandlerOutput about(String name, String value) {
    Map<String, String> more = new TreeMap<>(about);
    more.put(name, value);
    return new HandlerOutput(upserts, warnings, effects, more);
  }

  private static List<Effect> keyed(List<Effect> effects) {
    if (effects.size() > Effect.MOST) {
      throw PermanentFailureException.invalid(
          "the event has more than %d effects".formatted(Effect.MOST));
    }
    List<Effect> keyed = new ArrayList<>(effects.size());
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < effects.size(); i++) {
      Effect effect = effects.get(i);
      keyed.add(
          effect.key().isEmpty() ? effect.toBuilder().key(Integer.toString(i)).build() : effect);
      if (!keys.add(keyed.get(i).key())) {
        throw PermanentFailureException.invalid("two effects of the event have one key");
      }
    }
    return List.copyOf(keyed);
  }
}
