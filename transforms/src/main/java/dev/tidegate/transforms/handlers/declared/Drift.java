package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.Json;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Version;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Fields in a source's events that its file does not know: no JSON Schema of their type names them,
 * and no expression reads them.
 */
public final class Drift {
  /** Names of members may be data. */
  private static final int MOST_FIELDS = 1_000;

  private static final int LONGEST_VALUE = 200;

  private final DeclaredSource source;
  private final Map<String, Optional<KnownFields>> known = new HashMap<>();
  private final Map<String, Field> fields = new HashMap<>();
  private long events;
  private long unreadable;
  private long unhandled;
  private long others;

  /** A field that the file does not know. */
  public static final class Field {
    private final String pointer;
    private final String valueType;
    private final String value;
    private final String eventId;
    private final SortedSet<String> eventTypes = new TreeSet<>();
    private boolean isKept = true;
    private long count;
    private Instant first = Instant.MAX;
    private Instant last = Instant.MIN;

    private Field(String pointer, JsonNode value, String eventId) {
      this.pointer = pointer;
      this.valueType = value.getNodeType().name().toLowerCase(Locale.ROOT);
      String text = Json.write(value);
      this.value =
          text.length() > LONGEST_VALUE ? text.substring(0, LONGEST_VALUE - 1) + "…" : text;
      this.eventId = eventId;
    }

    /** Where it is: a JSON pointer, with an asterisk for any item of a list. */
    public String pointer() {
      return pointer;
    }

    /** The type that JSON has for the value in the first event. */
    public String valueType() {
      return valueType;
    }

    /** The value in the first event, as JSON; the beginning of a long one. */
    public String value() {
      return value;
    }

    /** The first event's ID. */
    public String eventId() {
      return eventId;
    }

    public SortedSet<String> eventTypes() {
      return Collections.unmodifiableSortedSet(eventTypes);
    }

    /** Whether a column {@code extra} keeps it in all these events. */
    public boolean isInExtra() {
      return isKept;
    }

    /** In how many events it is. */
    public long events() {
      return count;
    }

    /** The time of the earliest event that has it. */
    public Instant first() {
      return first;
    }

    /** The time of the latest event that has it. */
    public Instant last() {
      return last;
    }
  }

  public Drift(DeclaredSource source) {
    this.source = source;
  }

  /** Looks at an event. */
  public void add(RawEvent raw) {
    events++;
    Event event;
    try {
      event = source.decode(source.identify(raw));
    } catch (PermanentFailureException unusable) {
      unreadable++;
      return;
    }
    Optional<KnownFields> ofType =
        known.computeIfAbsent(event.eventType(), type -> KnownFields.of(source.definition(), type));
    if (ofType.isEmpty()) {
      unhandled++;
      known.remove(event.eventType());
      return;
    }
    Set<String> seen = new HashSet<>();
    ofType
        .get()
        .find(
            event.payload(),
            (pointer, value, isKept) -> {
              if (seen.add(pointer)) {
                count(pointer, value, isKept, event);
              }
            });
  }

  private void count(String pointer, JsonNode value, boolean isKept, Event event) {
    if (!fields.containsKey(pointer) && fields.size() >= MOST_FIELDS) {
      others++;
      return;
    }
    Field field =
        fields.computeIfAbsent(pointer, any -> new Field(pointer, value, event.notificationId()));
    Instant time =
        event.asOf().equals(Version.UNKNOWN_TIME) ? event.raw().receivedAt() : event.asOf();
    field.count++;
    field.isKept &= isKept;
    field.eventTypes.add(event.eventType());
    field.first = time.isBefore(field.first) ? time : field.first;
    field.last = time.isAfter(field.last) ? time : field.last;
  }

  /** The fields, those in the most events first. */
  public List<Field> fields() {
    return fields.values().stream()
        .sorted(Comparator.comparing((Field field) -> -field.count).thenComparing(Field::pointer))
        .toList();
  }

  /** How many events it has looked at. */
  public long events() {
    return events;
  }

  /** How many of them cannot be read, and are dead letters. */
  public long unreadable() {
    return unreadable;
  }

  /** How many of them are of types that the file has no rows for. */
  public long unhandled() {
    return unhandled;
  }

  /** How often there were fields beyond the thousand that it tells apart. */
  public long others() {
    return others;
  }
}
