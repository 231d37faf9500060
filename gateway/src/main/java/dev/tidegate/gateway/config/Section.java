package dev.tidegate.gateway.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A part of a configuration file with named values. It remembers which names were asked for: what
 * is left over when it is {@linkplain #finish finished} is a mistake. A value that is missing or
 * wrong is noted, and something harmless stands in for it until all mistakes are told.
 */
final class Section {
  private final JsonNode node;
  private final String path;
  private final Mistakes mistakes;
  private final SecretSource secrets;
  private final Set<String> asked = new TreeSet<>();

  Section(JsonNode node, String path, Mistakes mistakes, SecretSource secrets) {
    this.node = node;
    this.path = path;
    this.mistakes = mistakes;
    this.secrets = secrets;
    if (!node.isObject()) {
      mistake("must be a mapping of names to values");
    }
  }

  /** Notes a mistake of the section itself. */
  void mistake(String what) {
    mistakes.add(path.isEmpty() ? "the file" : path, what);
  }

  /** Notes a mistake of one value. */
  void mistake(String key, String what) {
    mistakes.add(pathOf(key), what);
  }

  Optional<String> textIfAny(String key) {
    return value(key).map(value -> text(value, pathOf(key)));
  }

  String text(String key) {
    return required(key, textIfAny(key), "");
  }

  List<String> texts(String key) {
    List<String> texts = new ArrayList<>();
    List<JsonNode> items = items(key);
    for (int i = 0; i < items.size(); i++) {
      texts.add(text(items.get(i), pathOf(key) + "[" + i + "]"));
    }
    return texts;
  }

  int integer(String key, int otherwise, int least, int most) {
    return (int) number(key, otherwise, least, most);
  }

  long number(String key, long otherwise, long least, long most) {
    Optional<JsonNode> value = value(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!value.get().canConvertToExactIntegral()
        || !value.get().canConvertToLong()
        || value.get().longValue() < least
        || value.get().longValue() > most) {
      mistake(key, "must be a whole number from %d to %d".formatted(least, most));
      return otherwise;
    }
    return value.get().longValue();
  }

  /** As ISO 8601 writes it: {@code PT5M}. */
  Duration duration(String key, Duration otherwise) {
    Optional<String> text = textIfAny(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      Duration duration = Duration.parse(text.get());
      if (!duration.isNegative() && !duration.isZero()) {
        return duration;
      }
    } catch (DateTimeParseException noDuration) {
      // Told below, with what is right.
    }
    mistake(key, "must be a duration above zero, such as PT5M for five minutes");
    return otherwise;
  }

  /** One of an enum's names, in lower case with hyphens. */
  <E extends Enum<E>> Optional<E> choice(String key, Class<E> type) {
    return textIfAny(key).flatMap(text -> choice(text, pathOf(key), type));
  }

  <E extends Enum<E>> Set<E> choices(String key, Class<E> type) {
    List<String> texts = texts(key);
    return java.util.stream.IntStream.range(0, texts.size())
        .mapToObj(i -> choice(texts.get(i), pathOf(key) + "[" + i + "]", type))
        .flatMap(Optional::stream)
        .collect(Collectors.toSet());
  }

  Optional<Secret> secretIfAny(String key) {
    return textIfAny(key)
        .map(
            reference -> {
              try {
                return secrets.read(reference);
              } catch (SecretSource.MissingSecretException missing) {
                mistake(key, missing.getMessage());
                return Secret.of(new byte[0]);
              }
            });
  }

  Secret secret(String key) {
    return required(key, secretIfAny(key), Secret.of(new byte[0]));
  }

  /** A part within; {@code read} takes what is in it. */
  <T> Optional<T> sectionIfAny(String key, Function<Section, T> read) {
    return value(key).map(value -> finished(value, pathOf(key), read));
  }

  /** Parts within that have names of the author's choice. */
  <T> Map<String, T> named(String key, Function<Section, T> read) {
    Map<String, T> parts = new LinkedHashMap<>();
    value(key)
        .ifPresent(
            value -> {
              if (!value.isObject()) {
                mistake(key, "must be a mapping of names to their settings");
              }
              value
                  .properties()
                  .forEach(
                      part ->
                          parts.put(
                              part.getKey(),
                              finished(part.getValue(), pathOf(key) + "." + part.getKey(), read)));
            });
    return parts;
  }

  /** A list of parts within. */
  <T> List<T> list(String key, Function<Section, T> read) {
    List<T> parts = new ArrayList<>();
    List<JsonNode> items = items(key);
    for (int i = 0; i < items.size(); i++) {
      parts.add(finished(items.get(i), pathOf(key) + "[" + i + "]", read));
    }
    return parts;
  }

  /** Notes every name that was not asked for. */
  void finish() {
    for (String key : names()) {
      if (!asked.contains(key)) {
        mistake(
            key,
            "is not known"
                + NearestName.of(key, asked)
                    .map(nearest -> "; did you mean " + nearest + "?")
                    .orElse("; known are " + String.join(", ", asked)));
      }
    }
  }

  private <T> T finished(JsonNode value, String where, Function<Section, T> read) {
    Section part = new Section(value, where, mistakes, secrets);
    T result = read.apply(part);
    part.finish();
    return result;
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private Optional<JsonNode> value(String key) {
    asked.add(key);
    return Optional.ofNullable(node.get(key)).filter(value -> !value.isNull());
  }

  private List<JsonNode> items(String key) {
    Optional<JsonNode> value = value(key);
    if (value.isPresent() && !value.get().isArray()) {
      mistake(key, "must be a list");
      return List.of();
    }
    List<JsonNode> items = new ArrayList<>();
    value.ifPresent(list -> list.forEach(items::add));
    return items;
  }

  private <T> T required(String key, Optional<T> value, T otherwise) {
    if (value.isEmpty() && node.isObject()) {
      mistake(key, "is missing");
    }
    return value.orElse(otherwise);
  }

  private String text(JsonNode value, String where) {
    if (!value.isTextual() || value.textValue().isBlank()) {
      mistakes.add(where, "must be text (in quotes, where it looks like a number)");
      return "";
    }
    return value.textValue();
  }

  private <E extends Enum<E>> Optional<E> choice(String text, String where, Class<E> type) {
    Map<String, E> choices = new LinkedHashMap<>();
    Arrays.stream(type.getEnumConstants())
        .forEach(each -> choices.put(each.name().toLowerCase(Locale.ROOT).replace('_', '-'), each));
    E chosen = choices.get(text.replace('_', '-'));
    if (chosen == null && !text.isEmpty()) {
      mistakes.add(where, "must be one of " + String.join(", ", choices.keySet()));
    }
    return Optional.ofNullable(chosen);
  }

  private String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
