package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Table;
import dev.tidegate.transforms.handlers.application.ApplicationEvents;
import dev.tidegate.transforms.handlers.terminal49.Terminal49;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All event sources Tidegate knows. A source it does not know is no error: its events are archived
 * and recorded (DESIGN.md, promise 6).
 */
public final class EventSources {
  private static final EventSources STANDARD = new EventSources(List.of(new Terminal49()));

  private final Map<String, EventSource> sources = new LinkedHashMap<>();

  private EventSources(List<EventSource> sources) {
    for (EventSource source : sources) {
      if (this.sources.put(source.name(), source) != null) {
        throw new IllegalArgumentException("two event sources are named " + source.name());
      }
    }
  }

  /** The sources that come with Tidegate. A new one is added here. */
  public static EventSources standard() {
    return STANDARD;
  }

  /** The source of that name; {@link ApplicationEvents} where none has it. */
  public EventSource named(String name) {
    EventSource source = sources.get(name);
    return source != null ? source : new ApplicationEvents(name);
  }

  /** The tables of all sources, in the one order in which every batch locks them. */
  public List<Table> tables() {
    return sources.values().stream().flatMap(source -> source.tables().stream()).toList();
  }
}
