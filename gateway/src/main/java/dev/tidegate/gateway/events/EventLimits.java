package dev.tidegate.gateway.events;

/**
 * What callers of {@code /events} may send.
 *
 * @param maxBodyBytes of one event's request, and of one event in a batch
 * @param maxBatchBytes of a batch's request
 * @param eventsPerSecond of a tenant, on average
 * @param burst events of a tenant at once; a batch has no more, nor more than {@link #MOST_EVENTS}
 */
public record EventLimits(int maxBodyBytes, int maxBatchBytes, int eventsPerSecond, int burst) {
  public static final EventLimits STANDARD = new EventLimits(1 << 20, 10 << 20, 1_000, 2_000);

  /** Of a batch. */
  public static final int MOST_EVENTS = 1_000;

  /**
   * @throws IllegalArgumentException if a limit allows nothing
   */
  public EventLimits {
    if (maxBodyBytes < 1 || maxBatchBytes < 1 || eventsPerSecond < 1 || burst < 1) {
      throw new IllegalArgumentException("The limits of events must all be at least 1.");
    }
  }

  /** The most events of a batch: more than {@link #burst} could never be accepted. */
  int mostEvents() {
    return Math.min(MOST_EVENTS, burst);
  }
}
