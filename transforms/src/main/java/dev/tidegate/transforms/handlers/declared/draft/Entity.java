package dev.tidegate.transforms.handlers.declared.draft;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The thing that events of a type are about: an object in their bodies, and the member that tells
 * it from others of its kind.
 *
 * @param path the members that lead to the object; empty where it is the whole body
 * @param key the member; null where there is none, and each event is a thing of its own
 */
record Entity(List<String> path, @Nullable String key) {
  private static final int DEEPEST = 5;

  /** The usual names of the object that an envelope holds, the usual ones first. */
  private static final List<String> CONTENTS =
      List.of(
          "object",
          "data",
          "payload",
          "detail",
          "resource",
          "entity",
          "attributes",
          "record",
          "body",
          "content",
          "after",
          "relationships",
          "reference_object");

  /** The members beside the object that an event is about. */
  private static final Set<String> OTHERS =
      Set.of(
          "meta",
          "metadata",
          "context",
          "headers",
          "header",
          "request",
          "links",
          "changes",
          "previous_attributes",
          "before",
          "old",
          "repository",
          "sender",
          "organization",
          "organisation",
          "installation",
          "user",
          "actor",
          "account",
          "owner",
          "author",
          "creator",
          "team",
          "shop",
          "store",
          "merchant",
          "tenant",
          "company",
          "customer",
          "source",
          "webhook",
          "included");

  private static final List<String> OWN_KEYS = List.of("id", "_id", "uuid", "guid", "uid", "gid");

  /** Names within objects whose ID has no plain name. */
  private static final List<String> OTHER_KEYS = List.of("number", "key", "code", "slug", "sku");

  /** The numbers of lines within a list. */
  private static final List<String> LINE_KEYS =
      List.of("line", "line_number", "number", "position");

  /**
   * Looks for what the bodies are about.
   *
   * @param body all bodies of a type
   * @param name what the type is called after
   * @param envelope the places of ID, type and time
   * @param id the place of the event's own ID, which is nobody's key
   */
  static Entity find(
      Shape body, String name, List<List<String>> envelope, Optional<List<String>> id) {
    Search search = new Search(body, name, envelope, id.orElse(List.of()));
    return search
        .within(List.of(), true, false)
        .or(() -> search.within(List.of(), false, false))
        .or(() -> search.within(List.of(), false, true))
        .orElse(new Entity(List.of(), null));
  }

  /** Whether the bodies are an envelope: an object is in each. */
  static boolean hasContent(Shape body) {
    return body.members().entrySet().stream()
        .anyMatch(
            member ->
                member.getValue().isObject()
                    && body.always(member.getValue())
                    && !OTHERS.contains(Names.snake(member.getKey())));
  }

  /** The member that tells the items of a list apart; null where none does. */
  static @Nullable String keyOfItems(Shape item, String name) {
    List<String> names = new ArrayList<>(OWN_KEYS);
    names.add(name + "_id");
    names.addAll(LINE_KEYS);
    return firstKey(item, names, member -> true);
  }

  private interface Condition {
    boolean holds(String member);
  }

  private static @Nullable String firstKey(Shape object, List<String> names, Condition condition) {
    return object.members().entrySet().stream()
        .filter(member -> names.contains(keyName(member.getKey())))
        .filter(member -> object.hasKey(member.getValue()) && condition.holds(member.getKey()))
        .map(Map.Entry::getKey)
        .min(
            Comparator.comparing((String member) -> names.indexOf(keyName(member)))
                .thenComparing(Comparator.naturalOrder()))
        .orElse(null);
  }

  private static String keyName(String member) {
    return member.equals("_id") ? member : Names.snake(member);
  }

  /** A search through the objects of all bodies of a type. */
  private record Search(Shape body, String name, List<List<String>> envelope, List<String> id) {
    /**
     * @param strict whether only an ID by its plain name counts, and not in what surrounds the
     *     object
     * @param everywhere whether the members that usually stand beside the object count too
     */
    Optional<Entity> within(List<String> path, boolean strict, boolean everywhere) {
      Shape object = body.at(path);
      if (!object.isObject() || path.size() > DEEPEST) {
        return Optional.empty();
      }
      boolean surrounds = envelope.stream().anyMatch(place -> isWithin(place, path));
      String key = keyIn(object, path, strict);
      if (key != null && !surrounds) {
        return Optional.of(new Entity(path, key));
      }
      List<String> children =
          object.members().entrySet().stream()
              .filter(member -> member.getValue().isObject() && object.always(member.getValue()))
              .map(Map.Entry::getKey)
              .filter(member -> everywhere || rank(member) < 1_000)
              .sorted(
                  Comparator.comparing((String member) -> rank(member))
                      .thenComparing(Comparator.naturalOrder()))
              .toList();
      for (String child : children) {
        List<String> below = new ArrayList<>(path);
        below.add(child);
        Optional<Entity> found = within(List.copyOf(below), strict, everywhere);
        if (found.isPresent()) {
          return found;
        }
      }
      return key != null && !strict ? Optional.of(new Entity(path, key)) : Optional.empty();
    }

    private static boolean isWithin(List<String> place, List<String> path) {
      return place.size() == path.size() + 1 && place.subList(0, path.size()).equals(path);
    }

    private int rank(String member) {
      String plain = Names.snake(member);
      if (plain.equals(name) || plain.equals(Names.plural(name))) {
        return 0;
      } else if (CONTENTS.contains(plain)) {
        return 1 + CONTENTS.indexOf(plain);
      }
      return OTHERS.contains(plain) ? 1_000 : 100;
    }

    private @Nullable String keyIn(Shape object, List<String> path, boolean strict) {
      List<String> names = new ArrayList<>();
      boolean surrounds = envelope.stream().anyMatch(place -> isWithin(place, path));
      if (surrounds) {
        names.add(name + "_id");
      }
      names.addAll(OWN_KEYS);
      names.add(name + "_id");
      names.add(name + "_uuid");
      if (!strict) {
        names.add(name + "_number");
        names.addAll(OTHER_KEYS);
        object.members().keySet().stream()
            .map(Entity::keyName)
            .filter(member -> member.matches(".*_(id|uuid)") && !isOther(member))
            .forEach(names::add);
      }
      return firstKey(object, names, member -> !isEventsOwn(path, member));
    }

    private static boolean isOther(String member) {
      return OTHERS.contains(member.replaceFirst("_(id|uuid)$", ""))
          || Set.of("event_id", "request_id", "trace_id", "correlation_id", "session_id")
              .contains(member);
    }

    /** The places of ID, type and time are nobody's key. */
    private boolean isEventsOwn(List<String> path, String member) {
      List<String> place = new ArrayList<>(path);
      place.add(member);
      return place.equals(id) || envelope.contains(place);
    }
  }
}
