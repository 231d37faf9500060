package dev.tidegate.schemas;

import java.util.List;
import java.util.Map;

/**
 * An event with everything that it writes and causes: what Upsert commits in one transaction.
 *
 * @param event the event
 * @param handled whether a handler knew the event's type; where none did, only the ledger records
 *     it
 * @param upserts the rows it writes
 * @param effects what else it causes, each with a key of its own
 * @param sagas the instances that it belongs to
 * @param warnings what of the event could not be stored: at most {@link Warning#MOST}
 * @param keys what it is found by in the ledger, values by their names: at most {@link
 *     EventKeys#MOST}
 */
public record TransformedEvent(
    Event event,
    boolean handled,
    List<Upsert> upserts,
    List<Effect> effects,
    List<SagaReference> sagas,
    List<Warning> warnings,
    Map<String, String> keys) {
  public TransformedEvent {
    upserts = List.copyOf(upserts);
    effects = List.copyOf(effects);
    sagas = List.copyOf(sagas);
    warnings = Warning.bounded(warnings);
    keys = EventKeys.bounded(keys);
  }

  /** One that is found by its IDs and its rows only. */
  public TransformedEvent(
      Event event,
      boolean handled,
      List<Upsert> upserts,
      List<Effect> effects,
      List<SagaReference> sagas,
      List<Warning> warnings) {
    this(event, handled, upserts, effects, sagas, warnings, Map.of());
  }

  /** What a handler made of {@code event}: rows alone. */
  public static TransformedEvent handled(
      Event event, List<Upsert> upserts, List<Warning> warnings) {
    return new TransformedEvent(event, true, upserts, List.of(), List.of(), warnings);
  }

  /** An event of a type without a handler. */
  public static TransformedEvent unhandled(Event event) {
    return new TransformedEvent(event, false, List.of(), List.of(), List.of(), List.of());
  }

  /** The same, as a replay that may cause no effect. */
  public TransformedEvent withoutEffects() {
    return new TransformedEvent(
        event.withEffects(EffectMode.NONE), handled, upserts, effects, sagas, warnings, keys);
  }

  /** The same without the payload: while it waits to be written, a tree would fill the memory. */
  public TransformedEvent withoutPayload() {
    return new TransformedEvent(
        event.withoutPayload(), handled, upserts, effects, sagas, warnings, keys);
  }

  /** The same, found by {@code newKeys}. */
  public TransformedEvent withKeys(Map<String, String> newKeys) {
    return new TransformedEvent(event, handled, upserts, effects, sagas, warnings, newKeys);
  }
}
