package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.Expression.Mistake;
import dev.tidegate.transforms.handlers.declared.Expression.Variable;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.ReactionDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.RowDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.SchemaVersionDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.TimeDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.TypeDefinition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The fields of one type's events that the file knows: those that a JSON Schema of any version
 * names, and those that an expression reads. A known member without a further description is known
 * with everything in it.
 */
final class KnownFields {
  /** A schema may refer to itself. */
  private static final int MOST_REFERENCES = 20;

  private static final List<String> COMBINATIONS = List.of("allOf", "anyOf", "oneOf");
  private static final List<String> CONDITIONS = List.of("if", "then", "else", "not");

  /** What is known at a place. */
  private static final class Known {
    private final Map<String, Known> members = new HashMap<>();
    private @Nullable Known items;
    private boolean isWhole;

    Known member(String name) {
      return members.computeIfAbsent(name, any -> new Known());
    }

    Known items() {
      items = items == null ? new Known() : items;
      return items;
    }

    Known at(List<Object> path) {
      Known known = this;
      for (Object step : path) {
        known = step instanceof String name ? known.member(name) : known.items();
      }
      return known;
    }
  }

  /**
   * The object whose other members a row keeps.
   *
   * @param stored its members that have a column
   */
  private record Kept(List<Object> path, Set<String> stored) {
    boolean holds(List<Object> field) {
      return field.size() > path.size()
          && field.subList(0, path.size()).equals(path)
          && !stored.contains(field.get(path.size()).toString());
    }
  }

  /** Takes the fields that nothing knows. */
  interface Receiver {
    /**
     * @param pointer where it is, with an asterisk for any item of a list
     * @param isKept whether a column {@code extra} keeps it
     */
    void take(String pointer, JsonNode value, boolean isKept);
  }

  /** Any item of a list. */
  private static final Object ITEM = 0;

  private final Known root = new Known();
  private final List<Kept> kept = new ArrayList<>();

  private KnownFields() {}

  /** The fields of {@code type}; empty where the file does not say what it means. */
  static Optional<KnownFields> of(SourceDefinition definition, String type) {
    TypeDefinition declared = definition.events().get(type);
    TypeDefinition own =
        declared != null && declared.as() != null
            ? definition.events().get(declared.as())
            : declared;
    List<ReactionDefinition> reactions =
        definition.sagas().values().stream()
            .flatMap(saga -> saga.on().stream())
            .filter(reaction -> type.equals(reaction.event()))
            .toList();
    boolean hasMeaning = own != null && own.hasMeaning();
    if (!hasMeaning && reactions.isEmpty()) {
      return Optional.empty();
    }
    KnownFields fields = new KnownFields();
    fields.addPlaces(definition, type);
    definition.about().values().forEach(text -> fields.addReads(compile(text, null)));
    reactions.forEach(fields::addReaction);
    if (hasMeaning) {
      fields.addMeaning(own, definition);
    }
    return Optional.of(fields);
  }

  private void addReaction(ReactionDefinition reaction) {
    Stream.of(
            Stream.of(reaction.instance(), reaction.when()),
            reaction.state().values().stream(),
            reaction.deadlines().values().stream())
        .flatMap(texts -> texts)
        .filter(Objects::nonNull)
        .forEach(text -> addReads(compile(text, null)));
    reaction.effects().forEach(effect -> addReaders(effect.forEach(), effect.readers()));
  }

  private void addMeaning(TypeDefinition own, SourceDefinition definition) {
    addSchema(own.schema());
    own.about().values().forEach(text -> addReads(compile(text, null)));
    for (SchemaVersionDefinition version : own.versions().values()) {
      addSchema(version.schema());
      if (version.upcast() != null) {
        version.upcast().set().values().forEach(text -> addReads(compile(text, null)));
        version.upcast().remove().forEach(pointer -> addPlace(JsonPointer.compile(pointer)));
      }
    }
    List<RowDefinition> rows = Objects.requireNonNullElse(own.rows(), List.of());
    for (RowDefinition row : rows) {
      addRow(row, rows, definition);
    }
    own.effects().values().stream()
        .flatMap(List::stream)
        .forEach(effect -> addReaders(effect.forEach(), effect.readers()));
  }

  private void addPlaces(SourceDefinition definition, String type) {
    Stream.of(
            Optional.ofNullable(definition.event().id()),
            Optional.ofNullable(definition.event().type()),
            Optional.ofNullable(definition.timeOf(type)).map(TimeDefinition::from),
            Optional.ofNullable(definition.event().version()).map(version -> version.from()))
        .flatMap(Optional::stream)
        .filter(Place::isInBody)
        .forEach(place -> addPlace(place.pointer()));
  }

  private void addPlace(JsonPointer pointer) {
    Known known = root;
    for (JsonPointer at = pointer; !at.matches(); at = at.tail()) {
      known = known.member(at.getMatchingProperty());
    }
    known.isWhole = true;
  }

  private void addRow(RowDefinition row, List<RowDefinition> rows, SourceDefinition definition) {
    List<Object> item = addReaders(row.forEach(), readers(row));
    if (definition.tables().get(row.table()).extra()) {
      boolean isList = row.forEach() != null;
      String extra = row.extra() != null ? row.extra() : isList ? "item" : "payload";
      pathOf(extra, item, row.forEach())
          .ifPresent(path -> kept.add(new Kept(path, stored(row, rows, extra))));
    }
  }

  /**
   * Adds what the expressions read.
   *
   * @param forEach the list for each item of which they are evaluated; null where there is none
   * @return the place of the items
   */
  private List<Object> addReaders(@Nullable String forEach, List<String> readers) {
    Optional<List<Object>> list =
        forEach == null ? Optional.of(List.of()) : pathOf(forEach, List.of(), null);
    List<Object> item = new ArrayList<>(list.orElse(List.of()));
    if (forEach != null) {
      item.add(ITEM);
      if (list.isPresent()) {
        root.at(item);
      } else {
        addReads(compile(forEach, null));
      }
    }
    for (String text : readers) {
      addReads(compile(text, forEach), list.isPresent(), item);
    }
    return item;
  }

  private static List<String> readers(RowDefinition row) {
    List<String> readers = new ArrayList<>(row.key().values());
    readers.addAll(row.set().values());
    if (row.when() != null) {
      readers.add(row.when());
    }
    return readers;
  }

  /** As the handler leaves them out of {@code extra}. */
  private static Set<String> stored(RowDefinition row, List<RowDefinition> rows, String extra) {
    return compile(extra, row.forEach())
        .membersReadBy(
            rows.stream()
                .filter(other -> other.table().equals(row.table()))
                .flatMap(
                    other ->
                        Stream.concat(other.key().values().stream(), other.set().values().stream())
                            .map(text -> compile(text, other.forEach()))));
  }

  /** The place that an expression names, from the body on. */
  private static Optional<List<Object>> pathOf(
      String text, List<Object> item, @Nullable String forEach) {
    return compile(text, forEach).path().map(path -> inBody(path, item));
  }

  private static List<Object> inBody(List<Object> path, List<Object> item) {
    List<Object> whole = new ArrayList<>(path.get(0).equals("item") ? item : List.of());
    for (Object step : path.subList(1, path.size())) {
      whole.add(step instanceof String ? step : ITEM);
    }
    return whole;
  }

  private static Expression compile(String text, @Nullable String forEach) {
    try {
      return Expression.compile(text, Variable.STATE.and(DeclaredHandler.variablesOf(forEach)));
    } catch (Mistake unlikeTheFile) {
      throw new IllegalStateException("the file was checked", unlikeTheFile);
    }
  }

  private void addReads(Expression expression) {
    addReads(expression, false, List.of());
  }

  /** The places that it reads whole: those on the way to others are not. */
  private void addReads(Expression expression, boolean hasItem, List<Object> item) {
    Set<List<Object>> reads = expression.reads();
    for (List<Object> path : reads) {
      boolean isOnTheWay =
          reads.stream()
              .anyMatch(
                  other ->
                      other.size() > path.size() && other.subList(0, path.size()).equals(path));
      boolean isVariable = path.size() == 1 && expression.path().isEmpty();
      boolean isOfUnknownItem = path.get(0).equals("item") && !hasItem;
      boolean isOfBody = !path.get(0).equals(Variable.STATE.label());
      if (isOfBody && !isOnTheWay && !isVariable && !isOfUnknownItem) {
        root.at(inBody(path, item)).isWhole = true;
      }
    }
  }

  /** Only an outermost schema that says nothing of members knows none. */
  private void addSchema(@Nullable JsonNode schema) {
    if (schema != null) {
      addSchema(schema, schema, root, 0);
    }
  }

  /** Returns whether the schema describes what is within. */
  private static boolean addSchema(JsonNode schema, JsonNode whole, Known known, int references) {
    if (!schema.isObject()) {
      return false;
    }
    boolean describes = false;
    for (Map.Entry<String, JsonNode> member : schema.path("properties").properties()) {
      describes = true;
      Known within = known.member(member.getKey());
      boolean isDescribed = addSchema(member.getValue(), whole, within, references);
      within.isWhole |= !isDescribed;
    }
    for (String open : List.of("additionalProperties", "patternProperties")) {
      // Names are data here.
      if (schema.path(open).isObject()) {
        known.isWhole = true;
        describes = true;
      }
    }
    for (String list : List.of("items", "prefixItems", "contains")) {
      JsonNode items = schema.path(list);
      for (JsonNode item : items.isArray() ? items : List.of(items)) {
        if (item.isObject()) {
          describes = true;
          boolean isDescribed = addSchema(item, whole, known.items(), references);
          known.items().isWhole |= !isDescribed;
        }
      }
    }
    for (String combination : COMBINATIONS) {
      for (JsonNode part : schema.path(combination)) {
        describes |= addSchema(part, whole, known, references);
      }
    }
    for (String condition : CONDITIONS) {
      describes |= addSchema(schema.path(condition), whole, known, references);
    }
    String reference = schema.path("$ref").asText();
    if (reference.startsWith("#") && references < MOST_REFERENCES) {
      describes |= addSchema(whole.at(reference.substring(1)), whole, known, references + 1);
    }
    return describes;
  }

  /** Finds what nothing knows; of an object that nothing knows not what is in it. */
  void find(JsonNode body, Receiver receiver) {
    find(body, root, new ArrayList<>(), receiver);
  }

  private void find(JsonNode value, Known known, List<Object> path, Receiver receiver) {
    if (known.isWhole) {
      return;
    }
    for (Map.Entry<String, JsonNode> member : value.properties()) {
      path.add(member.getKey());
      findIn(member.getValue(), known.members.get(member.getKey()), path, receiver);
      path.remove(path.size() - 1);
    }
    if (value.isArray()) {
      path.add(ITEM);
      for (JsonNode item : value) {
        findIn(item, known.items, path, receiver);
      }
      path.remove(path.size() - 1);
    }
  }

  private void findIn(JsonNode value, @Nullable Known known, List<Object> path, Receiver receiver) {
    if (known != null) {
      find(value, known, path, receiver);
      return;
    }
    StringBuilder pointer = new StringBuilder();
    for (Object step : path) {
      pointer.append('/').append(step instanceof String name ? YamlDocument.escaped(name) : "*");
    }
    receiver.take(pointer.toString(), value, kept.stream().anyMatch(object -> object.holds(path)));
  }
}
