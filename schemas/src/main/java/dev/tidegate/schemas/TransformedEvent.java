package dev.tidegate.schemas;

import java.util.List;

/**
 * An event with everything it says of the tables: what Upsert commits in one transaction.
 *
 * @param event the event
 * @param handled whether a handler knew the event's type; where none did, only the ledger records
 *     it
 * @param upserts the rows it writes
 * @param warnings what of the event could not be stored: at most {@link Warning#MOST}
 */
public record TransformedEvent(
    Event event, boolean handled, List<Upsert> upserts, List<Warning> warnings) {
  public TransformedEvent {
    upserts = List.copyOf(upserts);
    warnings = Warning.bounded(warnings);
  }

  /** What a handler made of {@code event}. */
  public static TransformedEvent handled(
      Event event, List<Upsert> upserts, List<Warning> warnings) {
    return new TransformedEvent(event, true, upserts, warnings);
  }

  /** An event of a type without a handler. */
  public static TransformedEvent unhandled(Event event) {
    return new TransformedEvent(event, false, List.of(), List.of());
  }

  /** The same without the payload: while it waits to be written, a tree would fill the memory. */
  public TransformedEvent withoutPayload() {
    return new TransformedEvent(event.withoutPayload(), handled, upserts, warnings);
  }
}
