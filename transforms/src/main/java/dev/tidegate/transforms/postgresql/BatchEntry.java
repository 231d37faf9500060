package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.TransformedEvent;
import java.time.Instant;

/**
 * An event that waits to be written.
 *
 * @param transformed the event and its upserts
 * @param startedAt when it reached the sink
 */
public record BatchEntry(TransformedEvent transformed, Instant startedAt) {
  Event event() {
    return transformed.event();
  }
}
