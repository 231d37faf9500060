package dev.tidegate.transforms.handlers;

import java.time.Instant;
import java.util.Optional;

/**
 * What an event is about, in the words that events of all types share: columns of {@code
 * raw_events}, by which analysts find events without opening payloads.
 *
 * @param timestamp when what the event tells of happened, or is expected to, as the sender says
 * @param shipmentId the sender's ID of the shipment
 * @param containerId the sender's ID of the container
 * @param trackingRequestId the sender's ID of the tracking request
 * @param billOfLading the shipment's bill of lading number
 * @param containerNumber the container's number
 */
public record EventFacts(
    Optional<Instant> timestamp,
    Optional<String> shipmentId,
    Optional<String> containerId,
    Optional<String> trackingRequestId,
    Optional<String> billOfLading,
    Optional<String> containerNumber) {
  /** Nothing is known. */
  public static final EventFacts NONE = at(Optional.empty());

  /** Nothing but the time is known. */
  public static EventFacts at(Optional<Instant> timestamp) {
    return new EventFacts(
        timestamp,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
