package dev.tidegate.transforms.handlers;

import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Warning;
import java.util.List;

/**
 * What a handler makes of an event.
 *
 * @param upserts the rows that the event speaks of
 * @param warnings what of the event cannot be stored, while the rest is
 */
public record HandlerOutput(List<Upsert> upserts, List<Warning> warnings) {
  public HandlerOutput {
    upserts = List.copyOf(upserts);
    warnings = List.copyOf(warnings);
  }

  /** Rows, and nothing to warn of. */
  public static HandlerOutput of(Upsert... upserts) {
    return new HandlerOutput(List.of(upserts), List.of());
  }
}
