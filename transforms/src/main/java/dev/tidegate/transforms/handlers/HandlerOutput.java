package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import java.util.List;

/**
 * What a handler makes of an event.
 *
 * @param upserts the rows that the event writes
 * @param warnings the parts of the event that cannot be stored
 */
public record HandlerOutput(List<Upsert> upserts, List<Warning> warnings) {
  public HandlerOutput {
    upserts = List.copyOf(upserts);
    warnings = List.copyOf(warnings);
  }

  /** Rows without warnings. */
  public static HandlerOutput of(Upsert... upserts) {
    return new HandlerOutput(List.of(upserts), List.of());
  }
}
