package dev.tidegate.transforms.handlers.declared.draft;

import dev.tidegate.schemas.ReservedNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Names in SQL for what senders call things. */
final class Names {
  private static final int LONGEST = 48;

  private static final Pattern HUMP =
      Pattern.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])");

  private static final Pattern BETWEEN_WORDS = Pattern.compile("[^a-z0-9]+");
  private static final Pattern WORDS_END = Pattern.compile("^_+|_+$");

  /** The last words of event types that are no participles. */
  private static final Set<String> VERBS =
      Set.of(
          ("create update delete remove add change cancel complete fail start stop close open paid"
                  + " sent won lost made new edit upsert insert refund ship deliver archive begin"
                  + " finish end succeed login logout sync")
              .split(" "));

  private Names() {}

  private static String lowerWords(String text) {
    String words = HUMP.matcher(text).replaceAll("_").toLowerCase(Locale.ROOT);
    return BETWEEN_WORDS.matcher(words).replaceAll("_");
  }

  /** Most senders' names are: then nothing is to be done. */
  private static boolean isSnake(String text) {
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      boolean isInWord =
          (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
      boolean isBetween =
          character == '_' && i > 0 && i < text.length() - 1 && text.charAt(i - 1) != '_';
      if (!isInWord && !isBetween) {
        return false;
      }
    }
    return true;
  }

  /** {@code text} in snake case: lower-case letters, digits and _, a letter first. */
  static String snake(String text) {
    String words = isSnake(text) ? text : WORDS_END.matcher(lowerWords(text)).replaceAll("");
    boolean isName = !words.isEmpty() && words.charAt(0) >= 'a' && words.charAt(0) <= 'z';
    String name = isName ? words : words.isEmpty() ? "field" : "field_" + words;
    return name.substring(0, Math.min(LONGEST, name.length()));
  }

  /** The name of a column that none of {@code taken} has, nor PostgreSQL or Tidegate. */
  static String column(String text, Collection<String> taken) {
    String name = snake(text);
    if (taken.contains(name) && taken.contains("source_" + name)) {
      return numbered(name, taken, ReservedNames::allowColumn);
    }
    if (Set.of(
            "tenant_id", "updated_at", "updated_xid", "column_versions", "extra", "extra_version")
        .contains(name)) {
      name = "source_" + name;
    } else if (!ReservedNames.allowColumn(name)) {
      name = name + "_";
    }
    return numbered(name, taken, ReservedNames::allowColumn);
  }

  /** {@code name}, with a number where somebody has it. */
  static String numbered(String name, Collection<String> taken, Predicate<String> isAllowed) {
    String free = name;
    for (int i = 2; taken.contains(free) || !isAllowed.test(free); i++) {
      free = name + "_" + i;
    }
    return free;
  }

  static String plural(String name) {
    if (name.endsWith("s") && !name.endsWith("ss") && !name.endsWith("us")) {
      return name;
    } else if (name.matches(".*(ss|us|x|z|ch|sh)")) {
      return name + "es";
    }
    return name.matches(".*[^aeiou]y") ? name.substring(0, name.length() - 1) + "ies" : name + "s";
  }

  static String singular(String name) {
    if (name.endsWith("ies") && name.length() > 4) {
      return name.substring(0, name.length() - 3) + "y";
    } else if (name.matches(".*(sses|xes|ches|shes|uses)")) {
      return name.substring(0, name.length() - 2);
    }
    boolean isPlural = name.matches(".+[^su]s");
    return isPlural ? name.substring(0, name.length() - 1) : name;
  }

  /**
   * The words of an event type that name what it is about: all but the last, {@code order} of
   * {@code order.created}, {@code OrderCreated} and {@code order_created}.
   */
  static List<String> entityWords(String type) {
    String[] parts =
        Arrays.stream(type.split("[./:#|]")).filter(s -> !s.isBlank()).toArray(String[]::new);
    List<String> words = new ArrayList<>();
    for (String part : parts) {
      if (!part.matches("(?i)v\\d+(\\.\\d+)*|\\d+")) {
        words.add(snake(part));
      }
    }
    if (words.size() > 1) {
      words.remove(words.size() - 1);
      return words;
    }
    String only = words.isEmpty() ? "event" : words.get(0);
    int last = only.lastIndexOf('_');
    boolean isAboutSomething =
        last > 0 && (only.endsWith("ed") || VERBS.contains(only.substring(last + 1)));
    return new ArrayList<>(List.of(isAboutSomething ? only.substring(0, last) : only));
  }

  /** What a type is about, beyond what all types begin with. */
  static String entity(String type, Collection<String> types) {
    List<String> own = entityWords(type);
    int common = own.size() - 1;
    for (String other : types) {
      List<String> words = entityWords(other);
      int same = 0;
      while (same < Math.min(common, words.size() - 1) && words.get(same).equals(own.get(same))) {
        same++;
      }
      common = Math.min(common, same);
    }
    String name = String.join("_", own.subList(common, own.size()));
    return singular(name.substring(0, Math.min(LONGEST, name.length())));
  }
}
