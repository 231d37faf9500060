package dev.tidegate.transforms.handlers;

import java.time.Instant;
import java.util.Optional;

/**
 * Facts that events of all types share. They are columns of {@code raw_events}, so that analysts
 * find events without opening payloads.
 *
 * @param asOf the time by which tables order events, as the sender gives it; empty where the sender
 *     gives none, or one that is not {@link dev.tidegate.schemas.Version#isPlausible plausible}
 * @param timestamp when the reported fact happened, or is expected to happen, as the sender gives
 *     it
 * @param invalidatedAt when the sender withdrew the reported fact
 * @param shipmentId the sender's ID of the shipment
 * @param containerId the sender's ID of the container
 * @param trackingRequestId the sender's ID of the tracking request
 * @param billOfLading the shipment's bill of lading number
 * @param containerNumber the container's number
 */
public record EventFacts(
    Optional<Instant> asOf,
    Optional<Instant> timestamp,
    Optional<Instant> invalidatedAt,
    Optional<String> shipmentId,
    Optional<String> containerId,
    Optional<String> trackingRequestId,
    Optional<String> billOfLading,
    Optional<String> containerNumber) {
  /** Nothing is known. */
  public static final EventFacts NONE = at(Optional.empty());

  /** Only the time is known. It is the time of the event and of the reported fact. */
  public static EventFacts at(Optional<Instant> time) {
    return new EventFacts(
        time,
        time,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
