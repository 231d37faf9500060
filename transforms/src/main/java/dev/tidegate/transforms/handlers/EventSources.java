package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventAttributes;
import dev.tidegate.schemas.PermanentFailureException;
import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.schemas.TransformedEvent;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import java.io.Serializable;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The event sources that a pipeline knows: a value that is passed to its steps, and travels with
 * them to the workers. An unknown source is no error: its events are archived and recorded
 * (DESIGN.md, promise 6).
 */
public final class EventSources implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, EventSource> sources = new LinkedHashMap<>();

  /** The tenants whose events are taken; empty where every tenant's are. */
  private final Set<String> tenants;

  private EventSources(List<EventSource> sources, Set<String> tenants) {
    this.tenants = tenants;
    Map<String, String> ownerOfTable = new HashMap<>();
    for (EventSource source : sources) {
      if (this.sources.put(source.name(), source) != null) {
        throw new IllegalArgumentException("two event sources are named " + source.name());
      }
      for (Table table : source.tables()) {
        String other = ownerOfTable.put(table.name(), source.name());
        if (other != null) {
          throw new IllegalArgumentException(
              "the table %s is of both event sources %s and %s"
                  .formatted(table.name(), other, source.name()));
        }
      }
    }
  }

  /**
   * These sources, in the order in which batches lock their tables.
   *
   * @throws IllegalArgumentException where two have the same name, or a table in common
   */
  public static EventSources of(List<EventSource> sources) {
    return new EventSources(sources, Set.of());
  }

  /**
   * The sources on the class path, by name. A library names its own in {@code
   * META-INF/services/dev.tidegate.transforms.handlers.EventSource}.
   */
  public static EventSources installed() {
    return of(
        ServiceLoader.load(EventSource.class, EventSource.class.getClassLoader()).stream()
            .map(ServiceLoader.Provider::get)
            .sorted(Comparator.comparing(EventSource::name))
            .toList());
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

  /** The source of that name; {@link ApplicationEvents} where none has it. */
  public EventSource named(String name) {
    EventSource source = sources.get(name);
    return source != null ? source : new ApplicationEvents(name);
  }

  /** {@code event} with its identity, as {@link EventSource#identify(RawEvent)} of its source. */
  public RawEvent identify(RawEvent event) {
    return named(event.source()).identify(event);
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
          EventSource source = named(event.source());
          requireTaken(event.tenantId(), source);
          return source.decode(event);
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
    if (handler.isEmpty()) {
      return TransformedEvent.unhandled(event);
    }
    HandlerOutput output = handler.get().handle(event.withoutEnvelope());
    return TransformedEvent.handled(event, output.upserts(), output.warnings());
  }

  /** The tables of all sources, in the one order in which every batch locks them. */
  public List<Table> tables() {
    return sources.values().stream().flatMap(source -> source.tables().stream()).toList();
  }
}
