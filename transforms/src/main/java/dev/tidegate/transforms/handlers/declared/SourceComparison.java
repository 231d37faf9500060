package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.declared.Incompatibility.Kind;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.EffectDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.SchemaVersionDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.TableDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.TypeDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.VersionDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.ViewDefinition;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * Whether a newer source takes all events that an older one took, and has all its tables. The
 * result of an upcast is not compared: each version is compared with the same version.
 */
public final class SourceComparison {
  private final SourceDefinition older;
  private final SourceDefinition newer;
  private final List<Incompatibility> found = new ArrayList<>();

  private SourceComparison(SourceDefinition older, SourceDefinition newer) {
    this.older = older;
    this.newer = newer;
  }

  /**
   * Compares two sources.
   *
   * @param types the types of events that count; empty for all
   * @throws IllegalArgumentException if a type is not one of the older source's
   */
  public static List<Incompatibility> compare(
      DeclaredSource older, DeclaredSource newer, Set<String> types) {
    SourceComparison comparison = new SourceComparison(older.definition(), newer.definition());
    Set<String> known = comparison.older.events().keySet();
    for (String type : types) {
      if (!known.contains(type)) {
        throw new IllegalArgumentException(
            "%s is not a type of the older source%s"
                .formatted(type, YamlDocument.nearest(type, known)));
      }
    }
    comparison.places();
    comparison.tables();
    comparison.views();
    comparison.types(types);
    return comparison.found.stream().distinct().toList();
  }

  private void places() {
    breaking(
        !older.source().equals(newer.source()), "/source", "was renamed: events have the old name");
    breaking(
        !Objects.equals(older.event().id(), newer.event().id()),
        "/event/id",
        "is read from another place: older events do not have it there, or come again under another ID");
    breaking(
        !Objects.equals(older.event().type(), newer.event().type()),
        "/event/type",
        "is read from another place: older events do not have it there");
    VersionDefinition was = older.event().version();
    VersionDefinition is = newer.event().version();
    breaking(
        was != null && (is == null || !was.from().equals(is.from())),
        "/event/version/from",
        "is read from another place: older events do not have it there");
  }

  private void tables() {
    older
        .tables()
        .forEach(
            (name, was) -> {
              String place = "/tables/" + YamlDocument.escaped(name);
              TableDefinition is = newer.tables().get(name);
              if (is == null) {
                breaking(true, place, "was removed");
                return;
              }
              breaking(
                  !List.copyOf(was.key().entrySet()).equals(List.copyOf(is.key().entrySet())),
                  place + "/key",
                  "changed");
              breaking(was.extra() && !is.extra(), place + "/extra", "was removed");
              Map<String, String> groups = new LinkedHashMap<>();
              Map<String, ColumnType> columns = new LinkedHashMap<>();
              is.groups()
                  .forEach(
                      (group, members) -> {
                        columns.putAll(members);
                        members.keySet().forEach(column -> groups.put(column, group));
                      });
              was.groups()
                  .forEach(
                      (group, members) ->
                          members.forEach(
                              (column, type) -> {
                                String at =
                                    "%s/groups/%s/%s"
                                        .formatted(
                                            place,
                                            YamlDocument.escaped(group),
                                            YamlDocument.escaped(column));
                                if (!columns.containsKey(column)) {
                                  breaking(true, at, "was removed");
                                  return;
                                }
                                breaking(
                                    columns.get(column) != type,
                                    at,
                                    "was %s and is %s"
                                        .formatted(type.sqlName(), columns.get(column).sqlName()));
                                breaking(
                                    !groups.get(column).equals(group),
                                    at,
                                    "moved to the group " + groups.get(column));
                              }));
            });
  }

  private void views() {
    older
        .views()
        .forEach(
            (name, was) -> {
              String place = "/views/" + YamlDocument.escaped(name);
              ViewDefinition is = newer.views().get(name);
              if (is == null) {
                breaking(true, place, "was removed");
                return;
              }
              breaking(!was.table().equals(is.table()), place + "/from", "is another table");
              breaking(
                  !was.groupBy().equals(is.groupBy()), place + "/group_by", "has other columns");
              was.columns()
                  .forEach(
                      (column, text) -> {
                        String now = is.columns().get(column);
                        breaking(
                            !text.equals(now),
                            "%s/columns/%s".formatted(place, YamlDocument.escaped(column)),
                            now == null ? "was removed" : "was %s and is %s".formatted(text, now));
                      });
            });
  }

  private void types(Set<String> chosen) {
    for (String type : older.events().keySet()) {
      if (!chosen.isEmpty() && !chosen.contains(type)) {
        continue;
      }
      String place = "/events/" + YamlDocument.escaped(type);
      if (!newer.events().containsKey(type)) {
        breaking(true, place, "was removed: its events write no rows any more");
        continue;
      }
      breaking(
          !Objects.equals(older.timeOf(type), newer.timeOf(type)),
          place + "/time",
          "is read in another way: older events get another place in the order");
      String says = newer.events().get(type).as();
      String meant = says == null ? place : "/events/" + YamlDocument.escaped(says);
      versions(meantBy(older, type), meantBy(newer, type), meant);
      effects(meantBy(older, type), meantBy(newer, type), meant);
    }
  }

  private static TypeDefinition meantBy(SourceDefinition source, String type) {
    TypeDefinition definition = source.events().get(type);
    return definition.as() == null ? definition : source.events().get(definition.as());
  }

  private void versions(TypeDefinition was, TypeDefinition is, String place) {
    if (is.versions().isEmpty()) {
      // Whatever version an event has, the one schema counts.
      schemasOf(was).forEach((version, schema) -> schemas(schema, is.schema(), place + "/schema"));
      return;
    }
    if (was.versions().isEmpty()) {
      fromWithoutVersions(was, is, place);
      return;
    }
    silentEvents(was, is, place);
    schemasOf(was)
        .forEach(
            (version, schema) -> {
              String at = place + "/versions/" + YamlDocument.escaped(version);
              if (!is.versions().containsKey(version)) {
                breaking(true, at, "was removed: its events are dead letters");
              } else {
                schemas(schema, schemasOf(is).get(version), placeOf(is, version, place));
              }
            });
  }

  /** A reader that waits for an effect must not wait in vain. */
  private void effects(TypeDefinition was, TypeDefinition is, String place) {
    was.effects()
        .forEach(
            (kind, effects) -> {
              Set<String> left =
                  is.effects().get(kind).stream()
                      .map(EffectDefinition::type)
                      .collect(Collectors.toSet());
              for (EffectDefinition effect : effects) {
                breaking(
                    !left.contains(effect.type()),
                    place,
                    switch (kind) {
                      case EVENT -> "no longer emits " + effect.type();
                      case TASK -> "no longer makes the task " + effect.type();
                      case NOTICE -> "no longer notifies by " + effect.type();
                    });
              }
            });
  }

  /** Events that had any version, and most often none. */
  private void fromWithoutVersions(TypeDefinition was, TypeDefinition is, String place) {
    if (older.event().version() != null) {
      found.add(
          new Incompatibility(
              Kind.CANNOT_TELL,
              place + "/versions",
              "events of any version were taken: events of other versions are dead letters now"));
    }
    Optional<String> otherwise = otherwiseOf(newer, is);
    if (otherwise.isEmpty()) {
      breaking(
          true,
          "/event/version/otherwise",
          "is not a version of %s: events that name no version are dead letters".formatted(place));
      return;
    }
    schemas(was.schema(), schemasOf(is).get(otherwise.get()), placeOf(is, otherwise.get(), place));
  }

  /** Events that do not say their version. */
  private void silentEvents(TypeDefinition was, TypeDefinition is, String place) {
    Optional<String> counted = otherwiseOf(older, was);
    breaking(
        counted.isPresent() && !counted.equals(otherwiseOf(newer, is)),
        "/event/version/otherwise",
        "changed: events of %s that name no version had another one".formatted(place));
  }

  private static Optional<String> otherwiseOf(SourceDefinition source, TypeDefinition type) {
    return Optional.ofNullable(source.event().version())
        .map(VersionDefinition::otherwise)
        .filter(type.versions()::containsKey);
  }

  /** The schema of each version; of a type without versions the one it has. */
  private static Map<String, @Nullable JsonNode> schemasOf(TypeDefinition type) {
    Map<String, @Nullable JsonNode> schemas = new LinkedHashMap<>();
    for (Map.Entry<String, SchemaVersionDefinition> version : type.versions().entrySet()) {
      schemas.put(version.getKey(), version.getValue().schema());
    }
    schemas.put(type.newestVersion().orElse(""), type.newestSchema());
    return schemas;
  }

  private static String placeOf(TypeDefinition type, String version, String place) {
    SchemaVersionDefinition definition = type.versions().get(version);
    return definition != null && definition.schema() != null
        ? "%s/versions/%s/schema".formatted(place, YamlDocument.escaped(version))
        : place + "/schema";
  }

  private void schemas(@Nullable JsonNode was, @Nullable JsonNode is, String place) {
    JsonNode anything = BooleanNode.TRUE;
    SchemaComparison.compare(
            Objects.requireNonNullElse(was, anything), Objects.requireNonNullElse(is, anything))
        .forEach(
            each ->
                found.add(
                    new Incompatibility(
                        each.kind(), "%s %s".formatted(place, each.place()), each.rule())));
  }

  private void breaking(boolean broken, String place, String rule) {
    if (broken) {
      found.add(new Incompatibility(Kind.BREAKING, place, rule));
    }
  }
}
