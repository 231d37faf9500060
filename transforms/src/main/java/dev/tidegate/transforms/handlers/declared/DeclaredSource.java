package dev.tidegate.transforms.handlers.declared;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tidegate.schemas.Column;
import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.IdentityReader;
import dev.tidegate.schemas.NotificationIdentity;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.Place;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.SourceFile;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.Version;
import dev.tidegate.schemas.View;
import dev.tidegate.schemas.YamlDocument;
import dev.tidegate.transforms.handlers.DecodeRules;
import dev.tidegate.transforms.handlers.EventFacts;
import dev.tidegate.transforms.handlers.EventHandler;
import dev.tidegate.transforms.handlers.EventSource;
import dev.tidegate.transforms.handlers.Saga;
import dev.tidegate.transforms.handlers.declared.Expression.Scope;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.Otherwise;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.ReactionDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.TimeDefinition;
import dev.tidegate.transforms.handlers.declared.SourceDefinition.VersionDefinition;
import java.io.Serial;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * An event source that a YAML file declares: where its events have their ID, type and time, its
 * tables, and the rows that each type of event means. An event's ID belongs to one event: if two
 * bodies come under one ID, the one that was accepted first counts, unless their times say which is
 * newer.
 *
 * <p>It serializes as its file.
 */
public final class DeclaredSource implements EventSource {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String text;
  private final transient SourceDefinition definition;
  private final transient Map<String, Table> tables;
  private final transient List<View> views;
  private final transient Map<String, EventHandler> handlers;
  private final transient List<Saga<?>> sagas;

  /** What events of types that the file does not name are found by. */
  private final transient DeclaredKeys keys;

  private final transient Map<String, DeclaredKeys> keysByType;

  /** The types of which a handler or a saga reads the time. */
  private final transient Set<String> timedTypes;

  private final transient IdentityReader identity;

  private DeclaredSource(
      String file,
      String text,
      SourceDefinition definition,
      Map<String, Table> tables,
      List<View> views,
      Map<String, EventHandler> handlers,
      List<Saga<?>> sagas,
      DeclaredKeys keys,
      Map<String, DeclaredKeys> keysByType) {
    this.keys = keys;
    this.keysByType = keysByType;
    this.file = file;
    this.text = text;
    this.definition = definition;
    this.tables = tables;
    this.views = views;
    this.handlers = handlers;
    this.sagas = sagas;
    this.timedTypes =
        Stream.concat(
                handlers.keySet().stream(),
                definition.sagas().values().stream()
                    .flatMap(saga -> saga.on().stream())
                    .map(ReactionDefinition::event))
            .filter(Objects::nonNull)
            .collect(Collectors.toUnmodifiableSet());
    this.identity = IdentityReader.at(definition.event().id(), definition.event().type(), true);
  }

  /**
   * Reads a source.
   *
   * @param file the file's name, for messages
   * @param text what it says
   * @throws SourceException with every mistake of the file
   */
  public static DeclaredSource parse(String file, String text) {
    if (text.length() > SourceFile.LARGEST) {
      throw new SourceException(
          List.of("%s is larger than %d characters".formatted(file, SourceFile.LARGEST)));
    }
    YamlDocument document;
    try {
      document = YamlDocument.parse(file, text.getBytes(UTF_8));
    } catch (IllegalArgumentException noYaml) {
      throw new SourceException(List.of(noYaml.getMessage()));
    }
    SourceDefinition definition = SourceDefinition.read(document);
    if (definition == null) {
      throw new SourceException(document.report());
    }
    for (int i = 0; i < definition.tenants().size(); i++) {
      if (!Event.isName(definition.tenants().get(i))) {
        document.mistake("/tenants/" + i, "must be a name: " + Event.NAME_RULE);
      }
    }
    Map<String, Table> tables = new LinkedHashMap<>();
    definition
        .tables()
        .forEach(
            (name, table) -> {
              try {
                tables.put(name, tableOf(name, table));
              } catch (IllegalArgumentException refused) {
                document.mistake("/tables/" + YamlDocument.escaped(name), refused.getMessage());
              }
            });
    DeclaredKeys keys = DeclaredKeys.compile(definition.about(), document);
    Map<String, DeclaredKeys> keysByType = new LinkedHashMap<>();
    List<View> views = DeclaredViews.compile(definition.views(), tables, document);
    Map<String, EventHandler> handlers = new LinkedHashMap<>();
    definition
        .events()
        .forEach(
            (type, event) -> {
              String pointer = "/events/" + YamlDocument.escaped(type);
              if (!Event.isName(type)) {
                document.mistake(pointer, "must be a name: " + Event.NAME_RULE);
              }
              keysByType.put(type, keys.and(event.about(), document, pointer));
              if (event.hasMeaning()) {
                handlers.put(
                    type,
                    DeclaredHandler.compile(
                        event,
                        keysByType.get(type),
                        definition.event().version(),
                        tables,
                        document,
                        pointer));
              }
            });
    definition
        .events()
        .forEach(
            (type, event) -> {
              String pointer = "/events/" + YamlDocument.escaped(type);
              if ((event.as() == null) != event.hasMeaning()) {
                document.mistake(pointer, "needs rows or effects, or else as with another type");
              } else if (event.as() != null && !event.versions().isEmpty()) {
                document.mistake(
                    pointer + "/versions", "are those of %s, which as names".formatted(event.as()));
              } else if (event.as() != null && !event.about().isEmpty()) {
                document.mistake(
                    pointer + "/about", "is that of %s, which as names".formatted(event.as()));
              } else if (event.as() != null && definition.hasMeaning(event.as())) {
                handlers.put(type, handlers.get(event.as()));
                keysByType.put(type, keysByType.get(event.as()));
              } else if (event.as() != null) {
                document.mistake(
                    pointer + "/as",
                    "is not a type with rows or effects"
                        + YamlDocument.nearest(event.as(), handlers.keySet()));
              }
            });
    checkOtherwise(definition, document);
    List<Saga<?>> sagas = new ArrayList<>();
    definition
        .sagas()
        .forEach((name, saga) -> sagas.add(DeclaredSaga.compile(name, saga, handlers, document)));
    if (!document.mistakes().isEmpty()) {
      throw new SourceException(document.report());
    }
    return new DeclaredSource(
        file, text, definition, tables, views, handlers, sagas, keys, keysByType);
  }

  /** Some type must know the version of events that do not say theirs. */
  private static void checkOtherwise(SourceDefinition definition, YamlDocument document) {
    VersionDefinition version = definition.event().version();
    Set<String> known = new LinkedHashSet<>();
    definition.events().values().forEach(type -> known.addAll(type.versions().keySet()));
    if (version != null
        && version.otherwise() != null
        && !known.isEmpty()
        && !known.contains(version.otherwise())) {
      document.mistake(
          "/event/version/otherwise",
          "is not a version of any type" + YamlDocument.nearest(version.otherwise(), known));
    }
  }

  private static Table tableOf(String name, SourceDefinition.TableDefinition definition) {
    Table.Builder table = Table.named(name);
    definition
        .key()
        .forEach(
            (column, type) ->
                table.key(
                    type == ColumnType.TEXT
                        ? Column.indexedText(column)
                        : Column.of(column, type)));
    definition
        .groups()
        .forEach(
            (group, columns) ->
                table.group(
                    group,
                    columns.entrySet().stream()
                        .map(column -> Column.of(column.getKey(), column.getValue()))
                        .toArray(Column[]::new)));
    if (definition.extra()) {
      table.group(DeclaredHandler.EXTRA, Column.jsonbByField(DeclaredHandler.EXTRA));
    }
    return table.build();
  }

  @Override
  public String name() {
    return definition.source();
  }

  @Override
  public Set<String> tenants() {
    return Set.copyOf(definition.tenants());
  }

  @Override
  public NotificationIdentity identify(byte[] body) {
    return identity.read(body);
  }

  /** What the file says of ID and type, and where it says nothing the message's own attributes. */
  @Override
  public RawEvent identify(RawEvent event) {
    NotificationIdentity own = identify(event.body());
    Optional<String> type =
        declared(definition.event().type(), event, own.eventType(), event.eventType());
    return event.toBuilder()
        .notificationId(
            declared(definition.event().id(), event, own.notificationId(), event.notificationId()))
        .eventType(type)
        .typeFromAttribute(own.eventType().isEmpty() && type.isPresent())
        .schemaVersion(attributedVersion(event))
        .build(event.bodySha256());
  }

  /** Whatever it says: one that no type knows is a dead letter, and no other version. */
  private Optional<String> attributedVersion(RawEvent event) {
    return Optional.ofNullable(definition.event().version())
        .filter(version -> !version.from().isInBody())
        .map(version -> event.attributes().get(version.from().attribute()));
  }

  private static Optional<String> declared(
      Place place, RawEvent event, Optional<String> inBody, Optional<String> given) {
    if (place == null) {
      return given;
    }
    if (place.isInBody()) {
      return inBody;
    }
    Optional<String> value =
        Optional.ofNullable(event.attributes().get(place.attribute())).filter(Event::isName);
    // An event that came without a request, as over POST /events, has no headers.
    return place.isHeader() ? value.or(() -> given) : value;
  }

  @Override
  public EventFacts factsOf(RawEvent event) {
    return EventFacts.at(
        event
            .eventType()
            .map(definition::timeOf)
            .or(() -> Optional.ofNullable(definition.event().time()))
            .flatMap(time -> time.format().read(valueOf(time.from(), event)))
            .filter(time -> Version.isPlausible(time, event.receivedAt())));
  }

  /** What the body gives as it stands: no schema is checked, and no version led to another. */
  @Override
  public Map<String, String> keysOf(RawEvent event) {
    try {
      return event
          .eventType()
          .map(keysByType::get)
          .orElse(keys)
          .of(Scope.of(event, event.json()), unreadable -> {});
    } catch (JsonProcessingException | RuntimeException unreadable) {
      // The letter says what is wrong.
      return Map.of();
    }
  }

  @Override
  public Event decode(RawEvent raw) {
    JsonNode payload = DecodeRules.jsonObject(raw);
    String eventType =
        DecodeRules.name(
            raw.eventType(),
            "event type in " + placeOf(definition.event().type(), EventAttributes.EVENT_TYPE));
    return Event.ofFirstAccepted(
        raw,
        DecodeRules.name(
            raw.notificationId(),
            "event ID in " + placeOf(definition.event().id(), EventAttributes.NOTIFICATION_ID)),
        eventType,
        asOf(raw, eventType),
        payload);
  }

  private static String placeOf(Place place, EventAttributes otherwise) {
    return place == null ? "attribute:" + otherwise.attribute() : place.toString();
  }

  private Instant asOf(RawEvent raw, String eventType) {
    TimeDefinition time = definition.timeOf(eventType);
    if (time == null) {
      return Version.UNKNOWN_TIME;
    }
    JsonNode value = valueOf(time.from(), raw);
    Optional<Instant> read = time.format().read(value);
    if (read.isEmpty() && !isAbsent(value) && timedTypes.contains(eventType)) {
      throw PermanentFailureException.undecodable(
          "%s must be %s, within years 1 to 9999".formatted(time.from(), time.format().rule()));
    }
    return read.orElseGet(
        () -> time.otherwise() == Otherwise.RECEIVED ? raw.receivedAt() : Version.UNKNOWN_TIME);
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static JsonNode valueOf(Place place, RawEvent raw) {
    if (!place.isInBody()) {
      String value = raw.attributes().get(place.attribute());
      return value == null ? MissingNode.getInstance() : TextNode.valueOf(value);
    }
    try {
      return raw.json().at(place.pointer());
    } catch (JsonProcessingException unreadable) {
      // Decode says what is wrong with the body.
      return MissingNode.getInstance();
    }
  }

  @Override
  public Optional<EventHandler> handlerOf(String eventType) {
    return Optional.ofNullable(handlers.get(eventType));
  }

  @Override
  public List<Saga<?>> sagas() {
    return sagas;
  }

  @Override
  public List<Table> tables() {
    return List.copyOf(tables.values());
  }

  @Override
  public List<View> views() {
    return views;
  }

  /** What its file says. */
  SourceDefinition definition() {
    return definition;
  }

  @Override
  public String origin() {
    return at("/source");
  }

  @Override
  public String originOf(Table table) {
    return at("/tables/" + YamlDocument.escaped(table.name()));
  }

  @Override
  public String originOf(View view) {
    return at("/views/" + YamlDocument.escaped(view.name()));
  }

  /** The file and the line of a place in it. */
  private String at(String pointer) {
    return "%s:%d".formatted(file, YamlDocument.parse(file, text.getBytes(UTF_8)).lineOf(pointer));
  }

  /** How many effects of each kind the file says; kinds that it does not say are left out. */
  public Map<Effect.Kind, Integer> effects() {
    Map<Effect.Kind, Integer> counts = new EnumMap<>(Effect.Kind.class);
    definition
        .events()
        .values()
        .forEach(
            type ->
                type.effects()
                    .forEach((kind, effects) -> counts.merge(kind, effects.size(), Integer::sum)));
    counts.values().removeIf(count -> count == 0);
    return counts;
  }

  /** The types of which the file says what they mean. */
  public List<String> eventTypes() {
    return new ArrayList<>(handlers.keySet());
  }

  @Serial
  private Object readResolve() {
    return parse(file, text);
  }
}
