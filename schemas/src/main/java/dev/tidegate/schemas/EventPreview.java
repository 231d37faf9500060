package dev.tidegate.schemas;

import java.util.List;
import java.util.Optional;

/**
 * What the handlers that are loaded now make of an event, for those who want to see it: nothing is
 * written. A handler that calls another system is called.
 */
public interface EventPreview {
  /**
   * What becomes of an event.
   *
   * @param transformed its rows and effects; empty where it fails
   * @param letter why it fails; empty where it does not
   */
  record Outcome(Optional<TransformedEvent> transformed, Optional<DeadLetter> letter) {}

  /** What becomes of {@code event}. */
  Outcome of(RawEvent event);

  /** The tables of all sources. */
  List<Table> tables();
}
