package dev.tidegate.transforms.handlers.declared.draft;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.ReservedNames;
import dev.tidegate.transforms.handlers.declared.draft.Envelope.Candidate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Drafts the file of a source from its events: where they have ID, type and time, which tables they
 * tell of, and what is in them. The file keeps the grammar, and takes each event that was learned.
 *
 * <p>It keeps what it learned and no events, but for the first ones, from which it finds out where
 * the type is. The same events give the same draft.
 */
public final class SourceDraft {
  /** The type of events that do not tell theirs. */
  private static final String ONLY_TYPE = "event";

  private static final int FIRST_EVENTS = 1_000;
  private static final long FIRST_BYTES = 32L << 20;

  /** A file may have a million characters. */
  private static final int LONGEST = 900_000;

  /** Together with the rows of all lists this stays below what an event may mean. */
  private static final int MOST_ITEMS = 2_000;

  private final String source;
  private final Set<String> takenTables;
  private final Envelope envelope = new Envelope();
  private final Shape.Budget budget = new Shape.Budget();
  private final SortedMap<String, Shape> types = new TreeMap<>();
  private List<RawEvent> first = new ArrayList<>();
  private long firstBytes;
  private Optional<Candidate> type = Optional.empty();
  private long unreadable;
  private long untyped;

  /** Types about the same thing, in the same place. */
  private record Part(Entity entity, List<String> types, Shape body) {}

  /** Lists in the objects of a part that are tables of their own. */
  private record Child(List<String> path, String key, DraftTable table, Shape item) {}

  /**
   * @param source the source's name
   * @param takenTables names that its tables cannot have
   */
  public SourceDraft(String source, Set<String> takenTables) {
    this.source = source;
    this.takenTables = Set.copyOf(takenTables);
  }

  /** Learns from an event. */
  public void add(RawEvent event) {
    JsonNode body = bodyOf(event);
    if (body == null) {
      unreadable++;
      return;
    }
    envelope.learn(event, body, hashOf(event));
    if (first == null) {
      learn(event, body);
      return;
    }
    // Without what it parsed to, which takes many times the memory.
    first.add(event.toBuilder().build());
    firstBytes += event.body().length;
    if (first.size() >= FIRST_EVENTS || firstBytes >= FIRST_BYTES) {
      learnFirst();
    }
  }

  private static @Nullable JsonNode bodyOf(RawEvent event) {
    try {
      JsonNode body = event.json();
      return body.isObject() ? body : null;
    } catch (JsonProcessingException noJson) {
      return null;
    }
  }

  private static long hashOf(RawEvent event) {
    return Long.parseUnsignedLong(event.bodySha256().substring(0, 16), 16);
  }

  private void learnFirst() {
    type = envelope.type();
    List<RawEvent> events = first;
    first = null;
    events.forEach(event -> learn(event, bodyOf(event)));
  }

  private void learn(RawEvent event, JsonNode body) {
    Optional<String> own =
        type.map(place -> place.valueIn(event, body))
            .orElseGet(() -> envelope.isTyped() ? event.eventType() : Optional.of(ONLY_TYPE));
    boolean isTooMany =
        own.isPresent() && !types.containsKey(own.get()) && types.size() >= Envelope.MOST_TYPES;
    if (own.isEmpty() || isTooMany) {
      untyped++;
      return;
    }
    types.computeIfAbsent(own.get(), any -> new Shape()).learn(body, hashOf(event), budget);
  }

  /** How many events it learned from. */
  public long events() {
    return envelope.events();
  }

  /** How many events are no JSON object, or deeper or larger than any event may be. */
  public long unreadable() {
    return unreadable;
  }

  /** Counts an event that nobody could read. */
  public void addUnreadable() {
    unreadable++;
  }

  /**
   * The file.
   *
   * @throws IllegalStateException where no event was learned
   */
  public String yaml() {
    if (events() == 0) {
      throw new IllegalStateException("there is nothing to draft from");
    }
    if (first != null) {
      learnFirst();
    }
    String yaml = "";
    // Whoever has so many members and types gets fewer columns, and no schemas.
    for (int mostColumns = DraftTable.MOST_COLUMNS; mostColumns > 0; mostColumns /= 5) {
      for (boolean withSchemas : List.of(true, false)) {
        yaml = new Writing(mostColumns, withSchemas).write();
        if (yaml.length() <= LONGEST) {
          return yaml;
        }
      }
    }
    return yaml;
  }

  /** One attempt at the file. */
  private final class Writing {
    private final int mostColumns;
    private final boolean withSchemas;
    private final YamlWriter yaml = new YamlWriter();
    private final YamlWriter rows = new YamlWriter();
    private final Set<String> tables = new TreeSet<>(takenTables);
    private Optional<Candidate> id = Optional.empty();

    Writing(int mostColumns, boolean withSchemas) {
      this.mostColumns = mostColumns;
      this.withSchemas = withSchemas;
    }

    String write() {
      Map<String, Entity> entities = chooseEntities();
      long inside = entities.values().stream().filter(each -> !each.path().isEmpty()).count();
      boolean isEvent =
          id.filter(Candidate::isInBody).isPresent()
              || type.filter(Candidate::isInBody).isPresent()
              || inside * 2 > entities.size();
      Optional<Candidate> time = envelope.time(type, isEvent);
      yaml.comment(
          0,
          "A draft of the source %s, from %s. Read what is guessed, and mend it."
              .formatted(source, counted(events(), "event")));
      if (unreadable + untyped > 0) {
        yaml.comment(
            0,
            "%s more could not be read, or do not tell a type, and would be dead letters."
                .formatted(counted(unreadable + untyped, "event")));
      }
      yaml.line(0, "source: " + YamlWriter.scalar(source));
      yaml.line(0, "event:");
      writeIdentity();
      writeTime(time, isEvent);
      yaml.line(0, "tables:");
      rows.line(0, "events:");
      grouped(entities).forEach(this::writeTable);
      return yaml.toString() + rows;
    }

    /**
     * What the types are about, and with it where the event's ID is: an ID that is all that a body
     * has is that of the thing, and not of the event.
     */
    private Map<String, Entity> chooseEntities() {
      for (Candidate candidate : envelope.ids(type)) {
        Map<String, Entity> entities = entities(Optional.of(candidate));
        long found = entities.values().stream().filter(each -> each.key() != null).count();
        boolean isFlat = types.values().stream().noneMatch(Entity::hasContent);
        if (found * 2 >= entities.size() || candidate.path().size() != 1 || !isFlat) {
          id = Optional.of(candidate);
          return entities;
        }
      }
      return entities(Optional.empty());
    }

    private Map<String, Entity> entities(Optional<Candidate> own) {
      List<List<String>> places = new ArrayList<>();
      own.filter(Candidate::isInBody).ifPresent(each -> places.add(each.path()));
      type.filter(Candidate::isInBody).ifPresent(each -> places.add(each.path()));
      if (!places.isEmpty()) {
        envelope.time(type, true).ifPresent(each -> places.add(each.path()));
      }
      Map<String, Entity> entities = new TreeMap<>();
      types.forEach(
          (name, body) ->
              entities.put(
                  name,
                  Entity.find(
                      body,
                      Names.entity(name, types.keySet()),
                      places,
                      own.filter(Candidate::isInBody).map(Candidate::path))));
      return entities;
    }

    private void writeIdentity() {
      if (id.isPresent()) {
        yaml.line(
            1,
            "id: " + YamlWriter.scalar(id.get().place()),
            "guessed: in %d of %d events, %s"
                .formatted(id.get().present(), events(), id.get().different()));
      } else {
        yaml.comment(
            1,
            envelope.isNamed()
                ? "The ID is the message's attribute notification_id."
                : "guessed: no member is an event's own ID, so the message's attribute"
                    + " notification_id is. Name a header, as in id: header:X-Event-Id.");
      }
      if (type.isPresent()) {
        yaml.line(
            1,
            "type: " + YamlWriter.scalar(type.get().place()),
            "guessed: in %d of %d events, %s"
                .formatted(type.get().present(), events(), counted(types.size(), "type")));
      } else {
        yaml.comment(
            1,
            envelope.isTyped()
                ? "The type is the message's attribute event_type: %s."
                    .formatted(counted(types.size(), "type"))
                : "guessed: no member is a type, so all events are taken for one. Name a header,"
                    + " as in type: header:X-Event-Type.");
      }
    }

    private void writeTime(Optional<Candidate> time, boolean isEvent) {
      Map<String, String> members = new LinkedHashMap<>();
      if (time.isEmpty()) {
        Set<String> known = new TreeSet<>();
        types.values().forEach(body -> known.addAll(body.members().keySet()));
        members.put("from", "body:/" + Envelope.absentMember(known));
        members.put("otherwise", "received");
        yaml.comment(
            1,
            "guessed: no member is the time of an event. Ask the sender for one: until then the"
                + " time of receipt decides which event is newer.");
        yaml.line(1, "time: " + YamlWriter.mapping(members));
        return;
      }
      Candidate place = time.get();
      members.put("from", place.place());
      members.put("as", place.timeFormat().orElseThrow().label());
      if (place.present() < events()) {
        members.put("otherwise", "received");
      }
      yaml.line(
          1,
          "time: " + YamlWriter.mapping(members),
          "guessed: in %d of %d events%s"
              .formatted(
                  place.present(),
                  events(),
                  isEvent
                      ? ""
                      : "; must change with each event, or the newest event would not win"));
    }

    /** The parts of each thing's table. */
    private SortedMap<String, List<Part>> grouped(Map<String, Entity> entities) {
      SortedMap<String, SortedMap<String, Part>> byName = new TreeMap<>();
      entities.forEach(
          (eventType, entity) -> {
            Shape body = types.get(eventType);
            String place = String.join("/", entity.path()) + " " + entity.key();
            Part part =
                byName
                    .computeIfAbsent(nameOf(eventType, entity), any -> new TreeMap<>())
                    .computeIfAbsent(
                        place, any -> new Part(entity, new ArrayList<>(), new Shape()));
            part.types.add(eventType);
            part.body.add(body);
          });
      mergeLikes(byName);
      SortedMap<String, List<Part>> grouped = new TreeMap<>();
      byName.forEach((name, parts) -> grouped.put(name, List.copyOf(parts.values())));
      return grouped;
    }

    /** What a body calls its object, else what the type is called after. */
    private String nameOf(String eventType, Entity entity) {
      Shape object = types.get(eventType).at(entity.path());
      Optional<String> kind = entity.key() == null ? Optional.empty() : kindOf(object);
      if (kind.isPresent()) {
        return Names.singular(Names.snake(object.members().get(kind.get()).constant()));
      }
      String name = Names.entity(eventType, types.keySet());
      // What has no key cannot share a table with what has one.
      return entity.key() != null || name.equals(ONLY_TYPE) ? name : name + "_event";
    }

    /** The member that says of what kind an object is. */
    private static Optional<String> kindOf(Shape object) {
      return Stream.of("object", "__typename", "resource_type", "entity_type")
          .filter(
              member -> {
                Shape kind = object.members().getOrDefault(member, new Shape());
                return object.always(kind)
                    && kind.constant() != null
                    && kind.constant().matches("[A-Za-z][A-Za-z0-9_. -]*");
              })
          .findFirst();
    }

    /** Joins things that are called alike and look alike: container, container.transport. */
    private void mergeLikes(SortedMap<String, SortedMap<String, Part>> byName) {
      for (String name : List.copyOf(byName.keySet())) {
        for (String longer : List.copyOf(byName.tailMap(name + "_").keySet())) {
          if (longer.startsWith(name + "_")
              && byName.containsKey(name)
              && looksAlike(byName.get(name), byName.get(longer))) {
            byName
                .remove(longer)
                .forEach(
                    (place, part) -> {
                      Part same =
                          byName
                              .get(name)
                              .computeIfAbsent(
                                  place,
                                  any -> new Part(part.entity, new ArrayList<>(), new Shape()));
                      same.types.addAll(part.types);
                      same.body.add(part.body);
                    });
          }
        }
      }
    }

    private static boolean looksAlike(SortedMap<String, Part> one, SortedMap<String, Part> other) {
      if (!one.keySet().equals(other.keySet())) {
        return false;
      }
      Set<String> members = objectOf(one.values()).members().keySet();
      Set<String> others = objectOf(other.values()).members().keySet();
      Set<String> both = new TreeSet<>(members);
      both.retainAll(others);
      return both.size() * 2 >= Math.max(members.size(), others.size());
    }

    private static Shape objectOf(Iterable<Part> parts) {
      Shape object = new Shape();
      parts.forEach(part -> object.add(part.body.at(part.entity.path())));
      return object;
    }

    private void writeTable(String name, List<Part> parts) {
      Shape object = objectOf(parts);
      boolean hasKey = parts.stream().allMatch(part -> part.entity.key() != null);
      String keyColumn = keyColumn(name, parts, hasKey);
      ColumnType keyType = keyType(parts, hasKey);
      Map<String, ColumnType> key = new LinkedHashMap<>(Map.of(keyColumn, keyType));
      Set<String> without = new TreeSet<>();
      parts.forEach(part -> without.addAll(membersOfEnvelope(part)));
      if (hasKey) {
        parts.forEach(part -> without.add(part.entity.key()));
      }
      List<Child> children = children(name, parts, key, object);
      // A list that is a table itself needs no column.
      children.forEach(child -> without.add(child.path.get(0)));
      kindOf(object).ifPresent(without::add);
      DraftTable table =
          DraftTable.of(tableName(name), key, object, without, mostColumns, "events");
      String typeNames =
          String.join(
              ", ",
              parts.stream()
                  .flatMap(p -> p.types.stream())
                  .map(YamlWriter::remark)
                  .limit(6)
                  .toList());
      int typeCount = parts.stream().mapToInt(part -> part.types.size()).sum();
      table.write(
          yaml,
          "%d of %d events: %s%s"
              .formatted(object.values(), events(), typeNames, typeCount > 6 ? ", …" : ""),
          hasKey
              ? "guessed: %s in %d of %d events%s"
                  .formatted(
                      placesOfKey(parts),
                      object.values(),
                      object.values(),
                      object.at(List.of(parts.get(0).entity.key())).varies() || object.values() == 1
                          ? ""
                          : ", always the same")
              : "guessed: no member tells what an event is about, so each event has its own row");
      children.forEach(
          child ->
              child.table.write(
                  yaml,
                  "guessed: one row for each of %s"
                      .formatted(YamlWriter.remark(String.join("/", child.path))),
                  "guessed: %s in %d of %d items"
                      .formatted(
                          YamlWriter.remark(child.key), child.item.values(), child.item.values())));
      parts.forEach(part -> writeRows(part, table, keyColumn, hasKey, children));
    }

    private static String placesOfKey(List<Part> parts) {
      return String.join(
          " or ",
          parts.stream()
              .map(part -> place(part.entity))
              .distinct()
              .map(YamlWriter::remark)
              .toList());
    }

    private static String place(Entity entity) {
      List<String> path = new ArrayList<>(entity.path());
      path.add(entity.key());
      return "/" + String.join("/", path);
    }

    private static String keyColumn(String name, List<Part> parts, boolean hasKey) {
      if (!hasKey) {
        return "event_id";
      }
      Set<String> members = new TreeSet<>();
      parts.forEach(part -> members.add(Names.snake(part.entity.key())));
      String only = members.size() == 1 ? members.iterator().next() : "id";
      return Names.column(only.matches("id|uuid|guid|uid|gid") ? name + "_id" : only, Set.of());
    }

    private static ColumnType keyType(List<Part> parts, boolean hasKey) {
      boolean isNumber =
          hasKey
              && parts.stream()
                  .map(part -> part.body.at(part.entity.path()).members().get(part.entity.key()))
                  .allMatch(member -> member.keyType() == ColumnType.BIGINT);
      return isNumber ? ColumnType.BIGINT : ColumnType.TEXT;
    }

    /** The places of ID and type that stand among the members of a part's object. */
    private Set<String> membersOfEnvelope(Part part) {
      Set<String> members = new TreeSet<>();
      for (Optional<Candidate> place : List.of(id, type)) {
        place
            .filter(Candidate::isInBody)
            .filter(each -> each.parent().equals(part.entity.path()))
            .ifPresent(each -> members.add(each.path().get(each.path().size() - 1)));
      }
      return members;
    }

    private String tableName(String name) {
      String prefix = Names.snake(source);
      String plural = Names.plural(name);
      String whole = plural.startsWith(prefix + "_") ? plural : prefix + "_" + plural;
      String table =
          Names.numbered(
              whole.substring(0, Math.min(55, whole.length())), tables, ReservedNames::allowTable);
      tables.add(table);
      return table;
    }

    /** The lists of objects with an ID, in the object and one step within. */
    private List<Child> children(
        String name, List<Part> parts, Map<String, ColumnType> parentKey, Shape object) {
      List<Child> children = new ArrayList<>();
      List<List<String>> lists = new ArrayList<>();
      object
          .members()
          .forEach(
              (member, shape) -> {
                lists.add(List.of(member));
                shape.members().keySet().stream()
                    .filter(within -> within.matches("data|items|nodes|edges|list|results"))
                    .forEach(within -> lists.add(List.of(member, within)));
              });
      int items = 0;
      for (List<String> path : lists) {
        Shape list = object.at(path);
        Shape item = list.items();
        String itemName = Names.singular(Names.snake(path.get(0)));
        String itemKey = item.isObject() ? Entity.keyOfItems(item, itemName) : null;
        boolean isList = list.isList() && parts.stream().noneMatch(part -> isEnvelope(part, path));
        if (itemKey == null || !isList || items + list.longestList() > MOST_ITEMS) {
          continue;
        }
        items += list.longestList();
        Map<String, ColumnType> key = new LinkedHashMap<>(parentKey);
        String wanted =
            Names.snake(itemKey).matches("id|uuid|guid|uid|gid") ? itemName + "_id" : itemKey;
        key.put(Names.column(wanted, parentKey.keySet()), item.members().get(itemKey).keyType());
        String listName = Names.snake(path.get(0));
        DraftTable table =
            DraftTable.of(
                tableName(listName.startsWith(name + "_") ? listName : name + "_" + listName),
                key,
                item,
                Set.of(itemKey),
                mostColumns,
                "items");
        children.add(new Child(path, itemKey, table, item));
      }
      return children;
    }

    private boolean isEnvelope(Part part, List<String> path) {
      return path.size() == 1 && membersOfEnvelope(part).contains(path.get(0));
    }

    private void writeRows(
        Part part, DraftTable table, String keyColumn, boolean hasKey, List<Child> children) {
      Shape object = part.body.at(part.entity.path());
      String of = "payload" + DraftTable.membersOf(part.entity.path());
      String key = hasKey ? of + DraftTable.membersOf(List.of(part.entity.key())) : "event.id";
      List<String> byCount =
          part.types.stream()
              .sorted(
                  Comparator.comparing((String each) -> -types.get(each).values())
                      .thenComparing(Comparator.naturalOrder()))
              .toList();
      String chief = byCount.get(0);
      rows.line(1, YamlWriter.scalar(chief) + ":", counted(types.get(chief).values(), "event"));
      if (withSchemas) {
        rows.line(2, "schema:", "guessed: a member that was in every event is required");
        writeSchema(part.body, part.entity.path(), 3);
      }
      rows.line(2, "rows:");
      rows.line(3, "- table: " + table.name());
      rows.line(4, "key: " + YamlWriter.mapping(Map.of(keyColumn, key)));
      table.writeSet(rows, 4, of, object);
      if (!part.entity.path().isEmpty()) {
        rows.line(4, "extra: " + YamlWriter.scalar(of));
      }
      for (Child child : children) {
        Shape item = object.at(child.path).items();
        if (item.values() == 0) {
          continue;
        }
        rows.line(3, "- table: " + child.table.name());
        rows.line(4, "for_each: " + YamlWriter.scalar(of + DraftTable.membersOf(child.path)));
        Map<String, String> itemKey = new LinkedHashMap<>();
        List<String> columns = child.table.keyColumns();
        itemKey.put(columns.get(0), key);
        itemKey.put(columns.get(1), "item" + DraftTable.membersOf(List.of(child.key)));
        rows.line(4, "key: " + YamlWriter.mapping(itemKey));
        child.table.writeSet(rows, 4, "item", item);
      }
      for (String other : byCount.subList(1, byCount.size())) {
        rows.line(
            1,
            YamlWriter.scalar(other) + ": " + YamlWriter.mapping(Map.of("as", chief)),
            counted(types.get(other).values(), "event"));
      }
    }

    /** Writes what objects on the way to {@code path}, and the one there, always have. */
    private void writeSchema(Shape object, List<String> path, int indentation) {
      rows.line(indentation, "type: " + typesOf(object));
      List<String> required =
          object.members().entrySet().stream()
              .filter(member -> object.always(member.getValue()))
              .map(Map.Entry::getKey)
              .toList();
      if (!required.isEmpty()) {
        rows.line(indentation, "required: " + YamlWriter.list(required));
      }
      if (object.members().isEmpty()) {
        return;
      }
      rows.line(indentation, "properties:");
      object
          .members()
          .forEach(
              (name, member) -> {
                if (!path.isEmpty() && path.get(0).equals(name)) {
                  rows.line(indentation + 1, YamlWriter.scalar(name) + ":");
                  writeSchema(member, path.subList(1, path.size()), indentation + 2);
                } else {
                  // Of what was always null nobody knows the type.
                  rows.line(
                      indentation + 1,
                      YamlWriter.scalar(name)
                          + (member.isAlwaysNull()
                              ? ": {}"
                              : ": { type: " + typesOf(member) + " }"));
                }
              });
    }

    private static String typesOf(Shape shape) {
      List<String> names = shape.schemaTypes();
      return names.size() == 1 ? YamlWriter.scalar(names.get(0)) : YamlWriter.list(names);
    }
  }

  private static String counted(long count, String what) {
    return "%,d %s%s".formatted(count, what, count == 1 ? "" : "s");
  }
}
