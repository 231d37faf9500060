package dev.tidegate.pipeline.launch;

import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.beam.sdk.options.PipelineOptions;
import org.apache.beam.sdk.options.PipelineOptionsFactory;

/**
 * Reads {@code --name=value} arguments into options. Beam stops at the first argument that it
 * cannot use; this tries each option by itself, and names every mistake.
 *
 * @param options what was understood
 * @param unusable the names of the options that were not
 * @param mistakes what was not understood, a line each. No line quotes a value: it may be secret
 */
public record CommandLine<T extends PipelineOptions>(
    T options, Set<String> unusable, List<String> mistakes) {
  /** Beam's message for an unknown option, with the nearest names. */
  private static final Pattern UNKNOWN =
      Pattern.compile("Class .* missing a property named .*?[.](?: Did you mean (?<near>.*)[?])?");

  /** Reads {@code arguments} into the options {@code type}. Options may be missing. */
  public static <T extends PipelineOptions> CommandLine<T> parse(
      Class<T> type, String... arguments) {
    List<String> mistakes = new ArrayList<>();
    // Options that are lists may be given again and again.
    Map<String, List<String>> byName = new LinkedHashMap<>();
    for (String argument : arguments) {
      if (argument.matches("(?s)--\\w.*")) {
        String name = argument.substring(2).split("=", 2)[0];
        byName.computeIfAbsent(name, first -> new ArrayList<>()).add(argument);
      } else {
        mistakes.add("an argument is not --NAME=VALUE: write the value after =");
      }
    }
    Set<String> unusable = new HashSet<>();
    List<String> usable = new ArrayList<>();
    byName.forEach(
        (name, given) -> {
          try {
            PipelineOptionsFactory.fromArgs(given.toArray(String[]::new)).as(type);
            usable.addAll(given);
          } catch (IllegalArgumentException refused) {
            unusable.add(name);
            mistakes.add("--" + name + " " + ruleOf(refused));
          }
        });
    T options = PipelineOptionsFactory.fromArgs(usable.toArray(String[]::new)).as(type);
    return new CommandLine<>(options, unusable, mistakes);
  }

  private static String ruleOf(IllegalArgumentException refused) {
    Matcher unknown = UNKNOWN.matcher(String.valueOf(refused.getMessage()));
    if (unknown.matches()) {
      return unknown.group("near") == null
          ? "is not an option: leave it out, or see --help"
          : "is not an option: did you mean %s?"
              .formatted(unknown.group("near").replaceAll("'?(\\w+)'?(, |]?$)", "--$1$2"));
    }
    Class<?> type =
        refused.getCause() instanceof InvalidFormatException wrong
            ? wrong.getTargetType()
            : Object.class;
    if (type.isEnum()) {
      return "must be one of " + Arrays.toString(type.getEnumConstants());
    }
    if (type == boolean.class || type == Boolean.class) {
      return "must be true or false";
    }
    if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
      return type == double.class || type == Double.class
          ? "must be one number"
          : "must be one whole number, not too large";
    }
    return "must be given once, with a value of the kind that --help describes";
  }
}
