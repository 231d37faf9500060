package dev.tidegate.transforms.replay;

import dev.tidegate.schemas.RawEvent;
import dev.tidegate.transforms.handlers.EventSources;

/** Identifies events that were kept as {@code ReadEvents} identifies those that come in. */
final class ReadIdentity {
  private ReadIdentity() {}

  /**
   * {@code event} with its ID and type by its source's rule. An ID that could not be read the first
   * time may be by now: the source may have learned to.
   */
  static RawEvent of(RawEvent event) {
    return EventSources.standard().named(event.source()).identify(event);
  }
}
