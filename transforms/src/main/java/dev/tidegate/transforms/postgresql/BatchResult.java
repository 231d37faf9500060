package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.EventOutcome;

/** Is told what became of each event of a batch, after the transaction that settled it. */
@FunctionalInterface
public interface BatchResult {
  /**
   * The database refuses the event's rows for good.
   *
   * @param reason what may be told of it: no values
   */
  void refused(BatchEntry entry, String reason);

  /** The event is committed. */
  default void committed(BatchEntry entry, EventOutcome.Status outcome) {}
}
