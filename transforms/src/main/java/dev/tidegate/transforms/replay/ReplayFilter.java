package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import java.io.Serializable;
import java.util.Set;

/**
 * Which events are replayed. An empty set means any.
 *
 * @param received when they were received
 * @param tenants whose they are
 * @param sources what sent them
 * @param eventTypes what they tell of, by the type that the archive names
 * @param notificationIds which they are, by {@link RawEvent#identity}
 */
public record ReplayFilter(
    TimeRange received,
    Set<String> tenants,
    Set<String> sources,
    Set<String> eventTypes,
    Set<String> notificationIds)
    implements Serializable {
  /** Every event. */
  public static final ReplayFilter EVERYTHING =
      new ReplayFilter(TimeRange.ALWAYS, Set.of(), Set.of(), Set.of(), Set.of());

  public ReplayFilter {
    tenants = Set.copyOf(tenants);
    sources = Set.copyOf(sources);
    eventTypes = Set.copyOf(eventTypes);
    notificationIds = Set.copyOf(notificationIds);
  }

  /** Whether {@code event} is to be replayed. */
  public boolean matches(RawEvent event) {
    return received.contains(event.receivedAt())
        && holds(tenants, event.tenantId())
        && holds(sources, event.source())
        && holds(eventTypes, event.eventType().orElse(""))
        && holds(notificationIds, event.identity());
  }

  /** The same for events that were received at any time. */
  public ReplayFilter atAnyTime() {
    return new ReplayFilter(TimeRange.ALWAYS, tenants, sources, eventTypes, notificationIds);
  }

  private static boolean holds(Set<String> wanted, String value) {
    return wanted.isEmpty() || wanted.contains(value);
  }
}
