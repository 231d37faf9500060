package dev.tidegate.gateway.events;

/**
 * What callers of {@code /events} may send.
 *
 * @param maxBodyBytes of one event's request
 * @param maxBatchBytes of a batch's request
 * @param eventsPerSecond of a tenant, on average
 * @param burst events of a tenant at once
 */
public record EventLimits(int maxBodyBytes, int maxBatchBytes, int eventsPerSecond, int burst) {
  public static final EventLimits STANDARD = new EventLimits(1 << 20, 10 << 20, 1_000, 2_000);
}
