package dev.tidegate.transforms.handlers.declared.draft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Version;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.TimeFormat;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Where events may have their ID, type and time: the members of bodies, and the attributes of
 * messages, that have a name and values as these have.
 */
final class Envelope {
  private static final int DEEPEST = 3;
  private static final int MOST_PLACES = 100;

  /** A member is an ID if it differs in this many events. */
  private static final int MOST_DIFFERENT = 20_000;

  static final int MOST_TYPES = 200;

  /** Below this many events each one counts. */
  private static final int FEW = 20;

  private static final Pattern DOTTED =
      Pattern.compile("[A-Za-z][A-Za-z0-9_-]*([./:][A-Za-z0-9_-]+)+");

  private static final List<String> ID_NAMES =
      List.of(
          "event_id",
          "eventid",
          "notification_id",
          "message_id",
          "delivery_id",
          "event_uuid",
          "idempotency_key",
          "uuid",
          "id");

  private static final List<String> TYPE_NAMES =
      List.of(
          "event_type",
          "eventtype",
          "type",
          "detail_type",
          "event",
          "event_name",
          "topic",
          "name",
          "kind",
          "action");

  private static final List<String> TIME_NAMES =
      List.of(
          "occurred_at",
          "occurred_on",
          "occurred",
          "event_time",
          "event_timestamp",
          "timestamp",
          "time",
          "created_at",
          "created",
          "created_on",
          "triggered_at",
          "published_at",
          "emitted_at",
          "sent_at",
          "at",
          "ts",
          "date",
          "datetime",
          "updated_at",
          "updated",
          "modified_at");

  /** If the object is not an event, the time of its last change is looked for first. */
  private static final List<String> CHANGE_NAMES =
      List.of("updated_at", "modified_at", "updated", "modified", "last_modified", "changed_at");

  /** A sequence looks like any other number. */
  private static final List<TimeFormat> TIME_FORMATS =
      List.of(
          TimeFormat.RFC3339,
          TimeFormat.UNIX_SECONDS,
          TimeFormat.UNIX_MILLISECONDS,
          TimeFormat.UNIX_MICROSECONDS);

  /** The years 2001 to 2099: outside of them a number is taken for no time. */
  private static final Instant EARLIEST = Instant.ofEpochSecond(1_000_000_000);

  private static final Instant LATEST = Instant.ofEpochSecond(4_100_000_000L);

  /** What was seen at one place. */
  static final class Candidate {
    private final List<String> path;
    private final @Nullable String attribute;
    private long present;
    private long names;
    private long dotted;
    private final long[] times = new long[TIME_FORMATS.size()];
    private final Set<Integer> different = new HashSet<>();
    private final Set<String> texts = new TreeSet<>();

    private Candidate(List<String> path, @Nullable String attribute) {
      this.path = path;
      this.attribute = attribute;
    }

    private void learn(JsonNode value, RawEvent event) {
      if (value.isNull() || value.isMissingNode()) {
        return;
      }
      present++;
      if (value.isTextual() || value.isIntegralNumber()) {
        learnName(value.asText());
      }
      for (int i = 0; i < times.length; i++) {
        times[i] += isTime(value, TIME_FORMATS.get(i), event) ? 1 : 0;
      }
    }

    private static boolean isTime(JsonNode value, TimeFormat format, RawEvent event) {
      boolean isText = format == TimeFormat.RFC3339;
      return (isText || value.isNumber())
          && format
              .read(value)
              .filter(time -> isText || (!time.isBefore(EARLIEST) && time.isBefore(LATEST)))
              .filter(time -> Version.isPlausible(time, event.receivedAt()))
              .isPresent();
    }

    private void learnName(String text) {
      if (!Event.isName(text)) {
        return;
      }
      names++;
      dotted += DOTTED.matcher(text).matches() ? 1 : 0;
      if (different.size() < MOST_DIFFERENT) {
        different.add(text.hashCode());
      }
      if (texts.size() <= MOST_TYPES) {
        texts.add(text);
      }
    }

    /** The members that lead to it; empty for an attribute. */
    List<String> path() {
      return path;
    }

    List<String> parent() {
      return path.isEmpty() ? path : path.subList(0, path.size() - 1);
    }

    long present() {
      return present;
    }

    /** How many values are told apart, in words. */
    String different() {
      return different.size() < MOST_DIFFERENT
          ? different.size() + " different"
          : "more than %d different".formatted(MOST_DIFFERENT);
    }

    boolean isInBody() {
      return attribute == null;
    }

    /** The spelling that all its values have. */
    Optional<TimeFormat> timeFormat() {
      for (int i = 0; i < times.length; i++) {
        if (present > 0 && times[i] == present) {
          return Optional.of(TIME_FORMATS.get(i));
        }
      }
      return Optional.empty();
    }

    /** As a source file names it. */
    String place() {
      if (attribute == null) {
        StringBuilder pointer = new StringBuilder("body:");
        path.forEach(name -> pointer.append('/').append(YamlDocument.escaped(name)));
        return pointer.toString();
      }
      String header = Place.attributeOf("");
      return attribute.startsWith(header)
          ? "header:" + attribute.substring(header.length())
          : "attribute:" + attribute;
    }

    Optional<String> valueIn(RawEvent event, JsonNode body) {
      if (attribute != null) {
        return Optional.ofNullable(event.attributes().get(attribute)).filter(Event::isName);
      }
      JsonNode value = body;
      for (String name : path) {
        value = value.path(name);
      }
      return value.isTextual() || value.isIntegralNumber()
          ? Optional.of(value.asText()).filter(Event::isName)
          : Optional.empty();
    }

    private String name() {
      String last = attribute != null ? attribute : path.get(path.size() - 1);
      return Names.snake(last);
    }
  }

  private final SortedMap<String, Candidate> inBody = new TreeMap<>();
  private final SortedMap<String, Candidate> inAttributes = new TreeMap<>();
  private final Set<Long> bodies = new HashSet<>();
  private long events;
  private long named;
  private long typed;

  /** Learns where {@code event} has what. */
  void learn(RawEvent event, JsonNode body, long bodyHash) {
    events++;
    named += event.notificationId().isPresent() ? 1 : 0;
    typed += event.eventType().isPresent() ? 1 : 0;
    if (bodies.size() < MOST_DIFFERENT) {
      bodies.add(bodyHash);
    }
    learn(event, body, new ArrayList<>());
    event
        .attributes()
        .forEach(
            (name, value) -> {
              if (Names.snake(name).matches("header_.*(id|key|topic|event|type|uuid)")
                  && (inAttributes.containsKey(name) || inAttributes.size() < MOST_PLACES)) {
                inAttributes
                    .computeIfAbsent(name, any -> new Candidate(List.of(), name))
                    .learn(TextNode.valueOf(value), event);
              }
            });
  }

  private void learn(RawEvent event, JsonNode object, List<String> path) {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      path.add(member.getKey());
      if (isNamedLikeOne(member.getKey())) {
        String key = String.join("/", path);
        if (inBody.containsKey(key) || inBody.size() < MOST_PLACES) {
          Candidate candidate =
              inBody.computeIfAbsent(key, any -> new Candidate(List.copyOf(path), null));
          if (candidate.path.equals(path)) {
            candidate.learn(member.getValue(), event);
          }
        }
      }
      if (member.getValue().isObject() && path.size() < DEEPEST) {
        learn(event, member.getValue(), path);
      }
      path.remove(path.size() - 1);
    }
  }

  private static boolean isNamedLikeOne(String member) {
    String name = member.length() > 40 ? "" : Names.snake(member);
    return ID_NAMES.contains(name)
        || TYPE_NAMES.contains(name)
        || TIME_NAMES.contains(name)
        || CHANGE_NAMES.contains(name);
  }

  long events() {
    return events;
  }

  /** Whether nearly all events have it: of few events, every one. */
  private boolean isInAll(long count) {
    return events < FEW ? count == events : count * 20 >= events * 19;
  }

  /** Whether all messages tell a type themselves. */
  boolean isTyped() {
    return events > 0 && isInAll(typed);
  }

  /** Whether all messages tell an ID themselves. */
  boolean isNamed() {
    return events > 0 && isInAll(named);
  }

  /** Where the type is; empty where the message's own attribute, or nothing, tells it. */
  Optional<Candidate> type() {
    Optional<Candidate> best =
        inBody.values().stream()
            .filter(each -> TYPE_NAMES.contains(each.name()) && isType(each))
            // What is weak, as a name or an action, counts only with a type's look.
            .filter(each -> TYPE_NAMES.indexOf(each.name()) < 7 || each.dotted == each.names)
            .min(
                Comparator.comparing((Candidate each) -> each.dotted * 2 < each.names)
                    .thenComparing(each -> events > 1 && each.texts.size() == 1)
                    .thenComparing(each -> TYPE_NAMES.indexOf(each.name()))
                    .thenComparing(each -> each.path.size())
                    .thenComparing(each -> String.join("/", each.path)));
    if (best.isPresent() && (!isTyped() || best.get().dotted == best.get().names)) {
      return best;
    }
    return isTyped()
        ? Optional.empty()
        : inAttributes.values().stream()
            .filter(each -> each.name().matches(".*(topic|event|type)") && isType(each))
            .min(Comparator.comparing(Candidate::place));
  }

  private boolean isType(Candidate candidate) {
    return isInAll(candidate.names)
        && candidate.names == candidate.present
        && candidate.texts.size() <= MOST_TYPES
        && (events < FEW
            || candidate.dotted == candidate.names
            || candidate.texts.size() * 2L <= events)
        && candidate.texts.stream()
            .noneMatch(text -> text.matches(".*\\d{5,}.*|\\d+|.*[0-9a-f]{8}-[0-9a-f]{4}-.*| .*"));
  }

  /**
   * Where the ID is, from the likeliest place on.
   *
   * @param type where the type is
   */
  List<Candidate> ids(Optional<Candidate> type) {
    List<Candidate> found = new ArrayList<>();
    inBody.values().stream()
        .filter(each -> ID_NAMES.contains(each.name()) && isId(each))
        .filter(
            each ->
                ID_NAMES.indexOf(each.name()) < 7
                    || type.filter(Candidate::isInBody)
                        .filter(
                            place -> each.path.size() == 1 || each.parent().equals(place.parent()))
                        .isPresent())
        .sorted(
            Comparator.comparing((Candidate each) -> ID_NAMES.indexOf(each.name()))
                .thenComparing(each -> each.path.size())
                .thenComparing(each -> String.join("/", each.path)))
        .forEach(found::add);
    if (!isNamed()) {
      inAttributes.values().stream()
          .filter(each -> each.name().matches(".*(id|key|uuid)") && isId(each))
          .sorted(Comparator.comparing(Candidate::place))
          .forEach(found::add);
    }
    return found;
  }

  private boolean isId(Candidate candidate) {
    long all = bodies.size();
    long different = candidate.different.size();
    return isInAll(candidate.names)
        && candidate.names == candidate.present
        && (all < FEW ? different >= all : different * 20 >= all * 19);
  }

  /**
   * Where the time is.
   *
   * @param type where the type is
   * @param isEvent whether bodies tell of an event, and are not the object itself
   */
  Optional<Candidate> time(Optional<Candidate> type, boolean isEvent) {
    List<String> names = new ArrayList<>(isEvent ? TIME_NAMES : CHANGE_NAMES);
    names.addAll(isEvent ? CHANGE_NAMES : TIME_NAMES);
    List<String> parent = type.map(Candidate::parent).orElse(List.of());
    return inBody.values().stream()
        .filter(each -> names.contains(each.name()) && each.timeFormat().isPresent())
        .filter(each -> each.present * 2 >= events)
        .min(
            Comparator.comparing((Candidate each) -> each.present < events)
                .thenComparing(each -> !each.parent().equals(parent))
                .thenComparing(each -> each.path.size())
                .thenComparing(each -> names.indexOf(each.name()))
                .thenComparing(each -> String.join("/", each.path)));
  }

  /** A member that no body has at its top, for a time that is still to come. */
  static String absentMember(Set<String> members) {
    return Names.numbered("occurred_at", members, any -> true);
  }
}
