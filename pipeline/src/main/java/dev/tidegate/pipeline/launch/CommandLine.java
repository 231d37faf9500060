package dev.tidegate.pipeline.launch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/**
 * Reads {@code --name=value} arguments into options. Beam stops at the first it cannot use; here
 * each is tried by itself, and every mistake is told.
 *
 * @param options what was understood
 * @param unusable the names of options whose values were not
 * @param mistakes what was not understood, a line each
 */
public record CommandLine<T extends PipelineOptions>(
    T options, Set<String> unusable, List<String> mistakes) {
  /**
   * Reads {@code arguments} into the options {@code type}. Whether any is required is not asked.
   */
  public static <T extends PipelineOptions> CommandLine<T> parse(
      Class<T> type, String... arguments) {
    KnownOptions known = new KnownOptions(type);
    List<String> mistakes = new ArrayList<>();
    Set<String> unusable = new HashSet<>();
    List<String> usable = new ArrayList<>();
    byName(arguments, mistakes)
        .forEach(
            (name, given) -> {
              if (!known.has(name)) {
                mistakes.add("--" + name + " is not an option" + suggestion(known, name));
              } else if (isUsable(type, given)) {
                usable.addAll(given);
              } else {
                unusable.add(name);
                mistakes.add("--" + name + " " + ruleOf(known.typeOf(name)));
              }
            });
    T options = PipelineOptionsFactory.fromArgs(usable.toArray(String[]::new)).as(type);
    return new CommandLine<>(options, unusable, mistakes);
  }

  /** What is given of each option: those that are lists may be given again and again. */
  private static Map<String, List<String>> byName(String[] arguments, List<String> mistakes) {
    Map<String, List<String>> byName = new LinkedHashMap<>();
    for (String argument : arguments) {
      if (!argument.matches("(?s)--\\w.*")) {
        // It may be a value that a space parted from its option, and so be secret.
        mistakes.add("an argument is not --NAME=VALUE: a value follows its option behind =");
        continue;
      }
      String name = argument.substring(2).split("=", 2)[0];
      byName.computeIfAbsent(name, first -> new ArrayList<>()).add(argument);
    }
    return byName;
  }

  private static boolean isUsable(Class<? extends PipelineOptions> type, List<String> given) {
    try {
      PipelineOptionsFactory.fromArgs(given.toArray(String[]::new)).as(type);
      return true;
    } catch (RuntimeException refused) {
      return false;
    }
  }

  private static String suggestion(KnownOptions known, String name) {
    return known
        .nearestTo(name)
        .map(near -> ": did you mean --%s?".formatted(near))
        .orElse(": leave it out, or see --help");
  }

  private static String ruleOf(Class<?> type) {
    if (type.isEnum()) {
      return "must be one of " + Arrays.toString(type.getEnumConstants());
    }
    if (type == boolean.class || type == Boolean.class) {
      return "must be true or false";
    }
    if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
      return "must be one whole number, not too large";
    }
    if (type == double.class || type == Double.class) {
      return "must be one number";
    }
    return type == Class.class
        ? "must name a class of the kind that it is for; see --help"
        : "must be given once, with a value of the kind that --help describes";
  }
}
