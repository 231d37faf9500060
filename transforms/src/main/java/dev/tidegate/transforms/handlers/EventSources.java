package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.ColumnType;
import dev.tidegate.schemas.Effect;
import dev.tidegate.schemas.EffectEvents;
import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.SagaReference;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Version;
import dev.tidegate.schemas.View;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import java.io.Serializable;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The event sources that a pipeline knows: a value that is passed to its steps, and travels with
 * them to the workers. An unknown source is no error: its events are archived and recorded
 * (DESIGN.md, promise 6).
 */
public final class EventSources implements Serializable {
  private static final long serialVersionUID = 1L;

  private final UUID id = UUID.randomUUID();
  private final LinkedHashMap<String, EventSource> sources = new LinkedHashMap<>();

  /** The tenants whose events are taken; empty where every tenant's are. */
  private final Set<String> tenants;

  private EventSources(List<EventSource> sources, Set<String> tenants) {
    this.tenants = tenants;
    Map<String, EventSource> owners = new HashMap<>();
    Set<String> mistakes = new LinkedHashSet<>();
    for (EventSource source : sources) {
      EventSource namesake = this.sources.put(source.name(), source);
      if (namesake != null) {
        mistakes.add(
            "two event sources are named %s: %s and %s"
                .formatted(source.name(), namesake.origin(), source.origin()));
      }
      Set<String> sagas = new HashSet<>();
      for (Saga<?> saga : source.sagas()) {
        if (!Event.isName(saga.name())) {
          mistakes.add("%s: a saga's name must be %s".formatted(source.origin(), Event.NAME_RULE));
        } else if (!sagas.add(saga.name())) {
          mistakes.add(
              "%s: the event source %s has two sagas named %s"
                  .formatted(source.origin(), source.name(), saga.name()));
        }
      }
      Stream.concat(
              source.tables().stream()
                  .map(table -> new Relation("table", table.name(), source.originOf(table))),
              source.views().stream()
                  .map(view -> new Relation("view", view.name(), source.originOf(view))))
          .forEach(
              relation ->
                  relation
                      .mistake(source, owners.put(relation.name, source), namesake)
                      .ifPresent(mistakes::add));
    }
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
  }

  /** A table or a view: all of them share their names. */
  private record Relation(String what, String name, String origin) {
    /**
     * What is wrong where {@code other}, too, has a table or view of that name.
     *
     * @param namesake of which it was told already that its name is the same; may be null
     */
    Optional<String> mistake(EventSource source, EventSource other, EventSource namesake) {
      if (other == source) {
        return Optional.of(
            "%s: the event source %s has two tables named %s"
                .formatted(origin, source.name(), name));
      }
      return other == null || other == namesake
          ? Optional.empty()
          : Optional.of(
              "%s: the %s %s is of both event sources %s and %s"
                  .formatted(origin, what, name, other.name(), source.name()));
    }
  }

  /**
   * These sources, in the order in which batches lock their tables.
   *
   * @throws IllegalArgumentException naming every two that have the same name, or a table in common
   */
  public static EventSources of(List<EventSource> sources) {
    return new EventSources(sources, Set.of());
  }

  /**
   * The sources on the class path, by name. A jar names its own in {@code
   * META-INF/services/dev.tidegate.transforms.handlers.EventSource}.
   *
   * @throws IllegalArgumentException with every source that cannot be used, a line each
   */
  public static EventSources installed() {
    return installed(EventSource.class.getClassLoader());
  }

  /** The sources that {@code loader} finds, as {@link #installed()}. */
  static EventSources installed(ClassLoader loader) {
    List<EventSource> found = new ArrayList<>();
    List<String> mistakes = new ArrayList<>();
    Iterator<ServiceLoader.Provider<EventSource>> providers =
        ServiceLoader.load(EventSource.class, loader).stream().iterator();
    while (true) {
      try {
        if (!providers.hasNext()) {
          break;
        }
      } catch (ServiceConfigurationError | LinkageError unusable) {
        // The next one is looked for behind it.
        mistakes.add("An event source on the class path cannot be used: " + reasonOf(unusable));
        continue;
      }
      ServiceLoader.Provider<EventSource> provider = providers.next();
      try {
        found.add(checked(provider.get()));
      } catch (ServiceConfigurationError | LinkageError | RuntimeException unusable) {
        mistakes.add(
            "The event source %s cannot be used: %s"
                .formatted(originOf(provider.type()), reasonOf(unusable)));
      }
    }
    if (!mistakes.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", mistakes));
    }
    return of(found.stream().sorted(Comparator.comparing(EventSource::name)).toList());
  }

  /** Asks {@code source} what a launch needs, so that one of another version fails here. */
  private static EventSource checked(EventSource source) {
    if (!Event.isName(source.name())) {
      throw new IllegalArgumentException("its name must be " + Event.NAME_RULE);
    }
    EventSources alone = of(List.of(source));
    alone.named(source.name()).identify(new byte[0]);
    return source;
  }

  private static String reasonOf(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof ServiceConfigurationError
            || cause instanceof ExceptionInInitializerError)) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    if (cause instanceof LinkageError) {
      return "it was built against another version of Tidegate or of Java, or what it needs is not"
          + " on the class path. Build it against this version (%s: %s)"
              .formatted(cause.getClass().getSimpleName(), message);
    }
    return cause instanceof ServiceConfigurationError || cause instanceof IllegalArgumentException
        ? message
        : "%s: %s".formatted(cause.getClass().getSimpleName(), message);
  }

  /** A class, and the jar that it is in. */
  static String originOf(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    String path = source == null ? "" : source.getLocation().getPath();
    return path.endsWith(".jar")
        ? "%s in %s".formatted(type.getName(), path.substring(path.lastIndexOf('/') + 1))
        : type.getName();
  }

  /**
   * These sources and {@code others}, whose tables are locked last.
   *
   * @throws IllegalArgumentException as {@link #of}
   */
  public EventSources and(List<? extends EventSource> others) {
    return new EventSources(
        Stream.concat(sources.values().stream(), others.stream()).toList(), tenants);
  }

  /**
   * These sources, which take the events of {@code tenants} only. An event of another tenant is a
   * permanent failure, before its body is read. Where its source names tenants too, an event must
   * be of both.
   *
   * @throws IllegalArgumentException where a source takes the events of none of them
   */
  public EventSources ofTenants(Set<String> tenants) {
    for (EventSource source : sources.values()) {
      if (!source.tenants().isEmpty() && Collections.disjoint(source.tenants(), tenants)) {
        throw new IllegalArgumentException(
            "the source %s takes the events of none of these tenants, only of %s"
                .formatted(source.name(), String.join(", ", new TreeSet<>(source.tenants()))));
      }
    }
    return new EventSources(List.copyOf(sources.values()), Set.copyOf(tenants));
  }

  /** Tells them from the sources of another pipeline. Their copies on the workers have the same. */
  public UUID id() {
    return id;
  }

  /** Whether one of them has that name. */
  public boolean has(String name) {
    return sources.containsKey(name);
  }

  /** The source of that name; {@link ApplicationEvents} where none has it. */
  public EventSource named(String name) {
    EventSource source = sources.get(name);
    return source != null ? source : new ApplicationEvents(name);
  }

  /** {@code event} with its identity, as {@link EventSource#identify(RawEvent)} of its source. */
  public RawEvent identify(RawEvent event) {
    return readerOf(event).identify(event);
  }

  /** The facts for the archive's columns, as {@link EventSource#factsOf} of its source. */
  public EventFacts factsOf(RawEvent event) {
    return readerOf(event).factsOf(event);
  }

  /** What people look for {@code event} by, as {@link EventSource#keysOf} of its source. */
  public Map<String, String> keysOf(RawEvent event) {
    return named(event.source()).keysOf(event);
  }

  /** Whether a handler knows the type of {@code event}. */
  public boolean handle(RawEvent event) {
    return event.eventType().flatMap(named(event.source())::handlerOf).isPresent();
  }

  /**
   * Who reads ID, type and time of {@code event}: its source, but where Tidegate made the event
   * itself, that knows them.
   */
  private EventSource readerOf(RawEvent event) {
    return event.isFollowUp() ? new ApplicationEvents(event.source()) : named(event.source());
  }

  /**
   * Reads ID, type, time and payload of {@code raw}.
   *
   * @throws PermanentFailureException where they are not what the source sends
   */
  public Event decode(RawEvent raw) {
    return raw.decoded(
        event -> {
          requireUsed(event, EventAttributes.TENANT_ID, event.tenantId());
          requireUsed(event, EventAttributes.SOURCE, event.source());
          requireTaken(event.tenantId(), named(event.source()));
          return readerOf(event).decode(event);
        });
  }

  private void requireTaken(String tenant, EventSource source) {
    if (!tenants.isEmpty() && !tenants.contains(tenant)) {
      throw PermanentFailureException.tenantMismatch(
          "the pipeline's list of tenants (--tenants) does not name the event's tenant");
    }
    if (!source.tenants().isEmpty() && !source.tenants().contains(tenant)) {
      throw PermanentFailureException.tenantMismatch(
          "the source's list of tenants does not name the event's tenant");
    }
  }

  /** An attribute that cannot be used as a name was replaced by a default when it was read. */
  private static void requireUsed(RawEvent event, EventAttributes attribute, String used) {
    Optional<String> given = event.attribute(attribute);
    if (given.isPresent() && !given.get().equals(used)) {
      throw PermanentFailureException.undecodable(
          "the attribute %s must be a name: %s".formatted(attribute.attribute(), Event.NAME_RULE));
    }
  }

  /**
   * Checks what the handler of {@code raw} relies on.
   *
   * @throws PermanentFailureException where it cannot
   */
  public Event validate(RawEvent raw) {
    Event event = decode(raw);
    if (!Version.isPlausible(event.asOf(), raw.receivedAt())) {
      throw PermanentFailureException.invalid(
          "the event's time lies more than a day after its receipt");
    }
    if (raw.causationDepth() > Effect.MOST_DEPTH) {
      throw PermanentFailureException.invalid(
          "more than %d events caused one another in a chain".formatted(Effect.MOST_DEPTH));
    }
    named(raw.source()).validate(event.withoutEnvelope());
    return event;
  }

  /**
   * Has the handler of {@code raw} make the rows.
   *
   * @throws PermanentFailureException where a value does not fit, or nothing can be stored
   */
  public TransformedEvent transform(RawEvent raw) {
    return decode(raw).transformed(this::transform);
  }

  private TransformedEvent transform(Event event) {
    Optional<EventHandler> handler = named(event.raw().source()).handlerOf(event.eventType());
    List<SagaReference> sagas = sagasOf(event);
    if (handler.isEmpty()) {
      return new TransformedEvent(
          event,
          tellsOfEffect(event) || !sagas.isEmpty(),
          List.of(),
          List.of(),
          sagas,
          List.of(),
          keysOf(event.raw()));
    }
    HandlerOutput output = handler.get().handle(event.withoutEnvelope());
    return new TransformedEvent(
        event, true, output.upserts(), output.effects(), sagas, output.warnings(), output.about());
  }

  /**
   * The instances that {@code event} belongs to: at most one of each saga of its source. What
   * Tidegate tells of a saga's own tasks, deadlines and instances names the instance.
   */
  private List<SagaReference> sagasOf(Event event) {
    List<SagaReference> references = new ArrayList<>();
    for (Saga<?> saga : named(event.raw().source()).sagas()) {
      instanceOf(event, saga)
          .ifPresent(
              instance -> {
                if (!Event.isName(instance)) {
                  throw PermanentFailureException.invalid(
                      "the instance of the saga %s must be %s"
                          .formatted(saga.name(), Event.NAME_RULE));
                }
                requireStorable(event, saga);
                references.add(new SagaReference(saga.name(), instance));
              });
    }
    return references;
  }

  /** State and effects may hold any part of the body. What cannot be stored would fail the fold. */
  private static void requireStorable(Event event, Saga<?> saga) {
    if (!ColumnType.isJsonb(event.payload())) {
      throw PermanentFailureException.invalid(
          "an event of the saga %s must not hold NUL, half of a surrogate pair, or a number beyond numeric's range"
              .formatted(saga.name()));
    }
  }

  private static Optional<String> instanceOf(Event event, Saga<?> saga) {
    if (tellsOfEffect(event) && event.payload().path("saga").isTextual()) {
      return event.payload().path("saga").textValue().equals(saga.name())
          ? Optional.ofNullable(event.payload().path("instance").textValue())
          : Optional.empty();
    }
    return saga.instanceOf(event.withoutEnvelope());
  }

  /** What all of them want done beside the events ({@link EventSource#upkeep}). */
  public List<String> upkeep() {
    return sources.values().stream().flatMap(source -> source.upkeep().stream()).toList();
  }

  /** The saga of a source; empty where the source has none of that name. */
  public Optional<Saga<?>> saga(String source, String name) {
    return named(source).sagas().stream()
        .filter(saga -> saga.name().equals(name))
        .<Saga<?>>map(saga -> saga)
        .findFirst();
  }

  /** Whether Tidegate tells by it what became of an effect: then no handler need know it. */
  private static boolean tellsOfEffect(Event event) {
    return event.raw().isFollowUp() && EffectEvents.haveType(event.eventType());
  }

  /**
   * The tables that no migration of Tidegate's makes: they are added as their sources declare them.
   */
  public List<Table> addedTables() {
    return sources.values().stream()
        .filter(source -> !source.hasMigrations())
        .flatMap(source -> source.tables().stream())
        .toList();
  }

  /** The views of all sources. */
  public List<View> views() {
    return sources.values().stream().flatMap(source -> source.views().stream()).toList();
  }

  /** The tables of all sources, in the one order in which every batch locks them. */
  public List<Table> tables() {
    return sources.values().stream().flatMap(source -> source.tables().stream()).toList();
  }
}
