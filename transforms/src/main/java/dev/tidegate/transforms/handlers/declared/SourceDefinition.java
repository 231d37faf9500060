package dev.tidegate.transforms.handlers.declared;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.schemas.YamlDocument;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * The content of a declared source's file, as it is written: {@code source.schema.json} is its
 * grammar. The part that only the gateway reads is left out.
 */
@JsonIgnoreProperties({"cloud_events", "webhook"})
record SourceDefinition(
    String source,
    List<String> tenants,
    EventDefinition event,
    LinkedHashMap<String, String> about,
    Map<String, TableDefinition> tables,
    Map<String, ViewDefinition> views,
    Map<String, TypeDefinition> events,
    Map<String, SagaDefinition> sagas) {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS).build();

  SourceDefinition {
    tenants = Objects.requireNonNullElse(tenants, List.of());
    event = Objects.requireNonNullElse(event, new EventDefinition(null, null, null, null));
    about = Objects.requireNonNullElse(about, new LinkedHashMap<>());
    tables = Objects.requireNonNullElse(tables, Map.of());
    views = Objects.requireNonNullElse(views, Map.of());
    sagas = Objects.requireNonNullElse(sagas, Map.of());
  }

  /**
   * Reads {@code document}, where it keeps the grammar.
   *
   * @return null where it has mistakes: they are noted in the document
   */
  static @Nullable SourceDefinition read(YamlDocument document) {
    if (SourceFile.read(document) == null) {
      return null;
    }
    try {
      return MAPPER.treeToValue(document.root(), SourceDefinition.class);
    } catch (JsonProcessingException unlikeTheSchema) {
      throw new IllegalStateException(
          "the schema lets through what cannot be read", unlikeTheSchema);
    }
  }

  /** Whether it is said what a type means, and not only that it means the same as another. */
  boolean hasMeaning(String type) {
    return events.containsKey(type) && events.get(type).hasMeaning();
  }

  /** Where the events of {@code type} have their time: its own place, or that of what it means. */
  @Nullable TimeDefinition timeOf(String type) {
    TypeDefinition definition = events.get(type);
    if (definition == null) {
      return event.time();
    }
    if (definition.time() != null) {
      return definition.time();
    }
    TypeDefinition same = definition.as() == null ? null : events.get(definition.as());
    return same == null || same.time() == null ? event.time() : same.time();
  }

  /** Where identity, time and schema version are. */
  record EventDefinition(
      @Nullable Place id,
      @Nullable Place type,
      @Nullable TimeDefinition time,
      @Nullable VersionDefinition version) {}

  /** Where an event's time is, how it is written, and what counts where there is none. */
  record TimeDefinition(Place from, @JsonProperty("as") TimeFormat format, Otherwise otherwise) {
    TimeDefinition {
      format = Objects.requireNonNullElse(format, TimeFormat.RFC3339);
      otherwise = Objects.requireNonNullElse(otherwise, Otherwise.NONE);
    }
  }

  /** Where the version of an event's schema is, and which one counts where there is none. */
  record VersionDefinition(Place from, @Nullable String otherwise) {}

  /** What counts where an event has no time. */
  enum Otherwise {
    @JsonProperty("none")
    NONE,
    @JsonProperty("received")
    RECEIVED
  }

  /** Names and types of a table's columns. */
  record TableDefinition(
      LinkedHashMap<String, ColumnType> key,
      LinkedHashMap<String, LinkedHashMap<String, ColumnType>> groups,
      boolean extra) {
    TableDefinition {
      groups = Objects.requireNonNullElse(groups, new LinkedHashMap<>());
    }
  }

  /**
   * A view over a table.
   *
   * @param table its name
   * @param groupBy the columns that tell groups apart
   * @param columns names, and what each tells of a group, as in {@code sum(amount)}
   */
  record ViewDefinition(
      @JsonProperty("from") String table,
      @JsonProperty("group_by") List<String> groupBy,
      LinkedHashMap<String, String> columns) {}

  /**
   * What events of one type must keep, and the rows and effects that they mean; or a type that
   * means the same.
   *
   * @param time where events of this type have their time, if elsewhere than all others
   * @param about the keys by which they are found, besides those of all events of the source
   * @param emit follow-up events
   * @param notices the list {@code notify}
   */
  record TypeDefinition(
      @Nullable String as,
      @Nullable TimeDefinition time,
      LinkedHashMap<String, String> about,
      @Nullable JsonNode schema,
      LinkedHashMap<String, SchemaVersionDefinition> versions,
      @Nullable List<RowDefinition> rows,
      List<EffectDefinition> emit,
      List<EffectDefinition> tasks,
      @JsonProperty("notify") List<EffectDefinition> notices) {
    TypeDefinition {
      about = Objects.requireNonNullElse(about, new LinkedHashMap<>());
      versions = Objects.requireNonNullElse(versions, new LinkedHashMap<>());
      emit = Objects.requireNonNullElse(emit, List.of());
      tasks = Objects.requireNonNullElse(tasks, List.of());
      notices = Objects.requireNonNullElse(notices, List.of());
    }

    /** Whether it says what its events mean. */
    boolean hasMeaning() {
      return rows != null || effects().values().stream().anyMatch(list -> !list.isEmpty());
    }

    /** What its events cause, by kind. */
    Map<Effect.Kind, List<EffectDefinition>> effects() {
      return new EnumMap<>(
          Map.of(Effect.Kind.EVENT, emit, Effect.Kind.TASK, tasks, Effect.Kind.NOTICE, notices));
    }

    /** The version that rows read; empty where the type has no versions. */
    Optional<String> newestVersion() {
      return versions.keySet().stream().reduce((older, newer) -> newer);
    }

    /** The schema of the newest version; null where there is none. */
    @Nullable JsonNode newestSchema() {
      return newestVersion().map(newest -> versions.get(newest).schema()).orElse(schema);
    }
  }

  /** What events of one version of a type must keep, and how they become the next version. */
  record SchemaVersionDefinition(@Nullable JsonNode schema, @Nullable UpcastDefinition upcast) {}

  /** Values by their JSON pointers, and pointers to what goes. */
  record UpcastDefinition(LinkedHashMap<String, String> set, List<String> remove) {
    UpcastDefinition {
      set = Objects.requireNonNullElse(set, new LinkedHashMap<>());
      remove = Objects.requireNonNullElse(remove, List.of());
    }
  }

  /** The expressions of a row, or of one row for each item of a list. */
  record RowDefinition(
      String table,
      LinkedHashMap<String, String> key,
      LinkedHashMap<String, String> set,
      @Nullable String when,
      @JsonProperty("for_each") @Nullable String forEach,
      @Nullable String extra) {
    RowDefinition {
      set = Objects.requireNonNullElse(set, new LinkedHashMap<>());
    }
  }

  /**
   * The expressions of an effect, or of one for each item of a list.
   *
   * @param type a follow-up's type, a task's kind or a notice's template
   * @param payload expressions by the names of the members that they give; or one expression that
   *     gives an object
   */
  record EffectDefinition(
      @JsonAlias({"kind", "template"}) String type,
      @Nullable String key,
      @Nullable String when,
      @JsonProperty("for_each") @Nullable String forEach,
      @Nullable String source,
      @Nullable String aggregate,
      @Nullable String recipient,
      @Nullable String priority,
      @Nullable String due,
      @Nullable JsonNode payload,
      @Nullable CompensationDefinition compensate) {
    /** What it has of that which belongs to effects in lists, by name. */
    Map<String, Object> ofLists() {
      Map<String, Object> found = new LinkedHashMap<>();
      found.put("key", key);
      found.put("when", when);
      found.put("for_each", forEach);
      found.put("compensate", compensate);
      found.values().removeIf(Objects::isNull);
      return found;
    }

    /** All its expressions but the list's. */
    List<String> readers() {
      Stream<String> ofPayload =
          payload == null
              ? Stream.empty()
              : payload.isObject()
                  ? payload.properties().stream().map(member -> member.getValue().asText())
                  : Stream.of(payload.asText());
      Stream<String> ofCompensation =
          compensate == null ? Stream.empty() : compensate.only().readers().stream();
      return Stream.of(
              Stream.of(when, aggregate, recipient, priority, due), ofPayload, ofCompensation)
          .flatMap(readers -> readers)
          .filter(Objects::nonNull)
          .toList();
    }
  }

  /** What undoes an effect: one of these. */
  record CompensationDefinition(
      @Nullable EffectDefinition emit,
      @Nullable EffectDefinition tasks,
      @JsonProperty("notify") @Nullable EffectDefinition notice) {
    /** The one that it is. */
    EffectDefinition only() {
      return emit != null ? emit : tasks != null ? tasks : notice;
    }
  }

  /** What the events of a saga's instance bring about, one after the other. */
  record SagaDefinition(List<ReactionDefinition> on) {}

  /**
   * What an event of a type, or a deadline that has passed, brings about in an instance.
   *
   * @param event the type; null where it is a deadline
   * @param deadline the deadline's name; null where it is an event
   * @param instance gives the instance that the event belongs to
   * @param state expressions by the members of the state that they set
   * @param deadlines expressions of times, by the names of the deadlines that they set
   * @param revoke keys of effects that are taken back
   * @param clear names of deadlines that are taken back
   * @param complete whether the instance is done
   */
  record ReactionDefinition(
      @Nullable String event,
      @Nullable String deadline,
      @Nullable String instance,
      @Nullable String when,
      LinkedHashMap<String, String> state,
      List<EffectDefinition> emit,
      List<EffectDefinition> tasks,
      @JsonProperty("notify") List<EffectDefinition> notices,
      LinkedHashMap<String, String> deadlines,
      @JsonProperty("waiting_for") @Nullable String waitingFor,
      List<String> revoke,
      List<String> clear,
      boolean complete) {
    ReactionDefinition {
      state = Objects.requireNonNullElse(state, new LinkedHashMap<>());
      emit = Objects.requireNonNullElse(emit, List.of());
      tasks = Objects.requireNonNullElse(tasks, List.of());
      notices = Objects.requireNonNullElse(notices, List.of());
      deadlines = Objects.requireNonNullElse(deadlines, new LinkedHashMap<>());
      revoke = Objects.requireNonNullElse(revoke, List.of());
      clear = Objects.requireNonNullElse(clear, List.of());
    }

    /** All its effects. */
    List<EffectDefinition> effects() {
      return Stream.of(emit, tasks, notices).flatMap(List::stream).toList();
    }
  }
}
