package dev.tidegate.transforms.handlers;

import java.time.Instant;
import java.util.Optional;

/**
 * What an event is about, in the words that events of all types share: columns of {@code
 * raw_events}, by which analysts find events without opening payloads.
 *
 * @param asOf when the sender says that it was so, by which tables order events; empty where it
 *     does not say, or says what {@link dev.tidegate.schemas.Version#isPlausible cannot be}
 * @param timestamp when what the event tells of happened, or is expected to, as the sender says
 * @param invalidatedAt when the sender took back what the event tells of
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

  /** Nothing but the time is known, which is both that of the event and that of its news. */
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
