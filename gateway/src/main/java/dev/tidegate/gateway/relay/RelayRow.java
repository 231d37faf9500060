package dev.tidegate.gateway.relay;

import com.google.pubsub.v1.PubsubMessage;
import java.time.Instant;
import org.checkerframework.checker.nullness.qual.Nullable;

/**
 * A row that waits to be published.
 *
 * @param place identifies the row within its lane; later rows have larger numbers
 * @param aggregate whose order it stands in
 * @param createdAt when it was written
 * @param message what it says; null where it can never be published
 * @param problem why it can never be published; null where it can
 */
record RelayRow(
    long place,
    Aggregate aggregate,
    Instant createdAt,
    @Nullable PubsubMessage message,
    @Nullable String problem) {
  /** Never the message: a line that is logged by accident must not contain it. */
  @Override
  public String toString() {
    return "RelayRow{%d}".formatted(place);
  }
}
