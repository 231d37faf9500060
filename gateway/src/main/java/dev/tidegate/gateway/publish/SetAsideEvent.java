package dev.tidegate.gateway.publish;

import java.time.Instant;
import java.util.Optional;

/**
 * An event that Pub/Sub has refused for good. It is kept in the spool, and is tried again, after
 * all others, when the gateway starts next.
 *
 * @param number its own, for as long as it is in the spool
 * @param since when it came into the spool
 * @param tenant whose it is
 * @param source its sender's kind
 * @param notificationId its sender's ID, where one was readable
 * @param bodyBytes how large its body is
 */
public record SetAsideEvent(
    long number,
    Instant since,
    Optional<String> tenant,
    Optional<String> source,
    Optional<String> notificationId,
    int bodyBytes) {}
