package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Works out what became of a batch's events, from what the ledger and the tables answered. */
final class BatchOutcomes {
  private final Set<LedgerKey> known;
  private final Map<String, Map<List<String>, Map<String, String>>> touched = new HashMap<>();

  /**
   * @param known the notifications whose newest body in the batch the ledger had before
   */
  BatchOutcomes(Set<LedgerKey> known) {
    this.known = known;
  }

  /**
   * Adds what became of a table's rows.
   *
   * @param versions of each row that was touched, by its key, the versions of its groups now
   */
  void add(String table, Map<List<String>, Map<String, String>> versions) {
    touched.put(table, versions);
  }

  /** The outcome of each of {@code batch}'s events. */
  List<EventOutcome.Status> of(List<BatchEntry> batch) {
    List<Body> bodies = batch.stream().map(entry -> Body.of(entry.event())).toList();
    Map<LedgerKey, Version> newest = new HashMap<>();
    for (Body body : bodies) {
      newest.merge(
          body.key(), body.version(), (one, other) -> one.compareTo(other) >= 0 ? one : other);
    }
    Set<Map.Entry<LedgerKey, String>> seen = new HashSet<>();
    List<EventOutcome.Status> outcomes = new ArrayList<>(batch.size());
    for (int i = 0; i < batch.size(); i++) {
      Body body = bodies.get(i);
      boolean repeat =
          !seen.add(body.asRepeated())
              || (known.contains(body.key()) && body.isRepeatOf(newest.get(body.key())));
      outcomes.add(repeat ? EventOutcome.Status.DUPLICATE : outcomeOf(batch.get(i)));
    }
    return outcomes;
  }

  private EventOutcome.Status outcomeOf(BatchEntry entry) {
    if (!entry.transformed().handled()) {
      return EventOutcome.Status.UNHANDLED;
    }
    List<Upsert> upserts = entry.transformed().upserts();
    return upserts.isEmpty() || upserts.stream().anyMatch(this::stands)
        ? EventOutcome.Status.APPLIED
        : EventOutcome.Status.STALE;
  }

  /** Whether any group of the row is now as {@code upsert} says. */
  private boolean stands(Upsert upsert) {
    Map<String, String> versions =
        touched.getOrDefault(upsert.table(), Map.of()).getOrDefault(upsert.key(), Map.of());
    return upsert.groups().keySet().stream()
        .anyMatch(group -> upsert.version().equals(versions.get(group)));
  }

  /** One body of a notification. */
  private record Body(LedgerKey key, Version version) {
    static Body of(Event event) {
      return new Body(LedgerKey.of(event), event.version());
    }

    /** The same for each repeat, whenever it was accepted. */
    Map.Entry<LedgerKey, String> asRepeated() {
      return Map.entry(key, version.textOfRepeats());
    }

    boolean isRepeatOf(Version newest) {
      return version.textOfRepeats().equals(newest.textOfRepeats());
    }
  }
}
