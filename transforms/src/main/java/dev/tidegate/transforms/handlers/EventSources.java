package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import java.io.Serializable;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.ServiceLoader;

/**
 * The event sources that a pipeline knows: a value that is passed to its steps, and travels with
 * them to the workers. An unknown source is no error: its events are archived and recorded
 * (DESIGN.md, promise 6).
 */
public final class EventSources implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LinkedHashMap<String, EventSource> sources = new LinkedHashMap<>();

  private EventSources(List<EventSource> sources) {
    for (EventSource source : sources) {
      if (this.sources.put(source.name(), source) != null) {
        throw new IllegalArgumentException("two event sources are named " + source.name());
      }
    }
  }

  /**
   * These sources, in the order in which batches lock their tables.
   *
   * @throws IllegalArgumentException where two have the same name
   */
  public static EventSources of(List<EventSource> sources) {
    return new EventSources(sources);
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

  /** The source of that name; {@link ApplicationEvents} where none has it. */
  public EventSource named(String name) {
    EventSource source = sources.get(name);
    return source != null ? source : new ApplicationEvents(name);
  }

  /** {@code event} with its identity, as {@link EventSource#identify(RawEvent)} of its source. */
  public RawEvent identify(RawEvent event) {
    return named(event.source()).identify(event);
  }

  /** The tables of all sources, in the one order in which every batch locks them. */
  public List<Table> tables() {
    return sources.values().stream().flatMap(source -> source.tables().stream()).toList();
  }
}
