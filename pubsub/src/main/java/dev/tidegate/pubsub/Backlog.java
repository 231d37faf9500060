package dev.tidegate.pubsub;

import java.time.Instant;
import java.util.Optional;

/**
 * What waits in a subscription.
 *
 * @param undelivered messages that wait for a subscriber, redeliveries included
 * @param outstanding messages delivered and neither acknowledged nor expired
 * @param oldestPublishTime when the oldest of both kinds was published; empty if there is none
 */
public record Backlog(long undelivered, long outstanding, Optional<Instant> oldestPublishTime) {}
