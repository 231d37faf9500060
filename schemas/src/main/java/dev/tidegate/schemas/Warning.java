package dev.tidegate.schemas;

import java.util.ArrayList;
import java.util.List;

/**
 * Part of an event that could not be stored, while the rest was. It holds no value of the event.
 *
 * @param pointer where in the payload it is, as a JSON pointer of names that Tidegate knows
 * @param rule what it must be
 */
public record Warning(String pointer, String rule) {
  /** The most warnings of one event. The last one then says how many more there were. */
  public static final int MOST = 20;

  private static final int LONGEST = 200;

  public Warning {
    pointer = bounded(pointer);
    rule = bounded(rule);
  }

  /** At most {@link #MOST} of {@code warnings}. */
  static List<Warning> bounded(List<Warning> warnings) {
    if (warnings.size() <= MOST) {
      return List.copyOf(warnings);
    }
    List<Warning> first = new ArrayList<>(warnings.subList(0, MOST - 1));
    first.add(new Warning("", "and %d more".formatted(warnings.size() - first.size())));
    return List.copyOf(first);
  }

  private static String bounded(String text) {
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST - 1) + "…";
  }
}
