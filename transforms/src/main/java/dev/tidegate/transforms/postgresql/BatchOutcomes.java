package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Event;
import dev.tidegate.schemas.EventOutcome;
import dev.tidegate.schemas.Upsert;
import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.postgresql.UpsertStatement.RowVersions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Works out what became of a batch's events, from what the ledger and the tables answered. */
final class BatchOutcomes {
  private final Map<LedgerKey, String> known;
  private final Map<String, Map<List<String>, RowVersions>> touched = new HashMap<>();

  /**
   * @param known the notifications whose newest body in the batch the ledger had before, with the
   *     ID of the message that brought it then
   */
  BatchOutcomes(Map<LedgerKey, String> known) {
    this.known = known;
  }

  /**
   * Adds what became of a table's rows.
   *
   * @param versions of each row that was touched, by its key, its versions now
   */
  void add(String table, Map<List<String>, RowVersions> versions) {
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
      boolean first = seen.add(body.asRepeated());
      String writer = known.get(body.key());
      if (writer != null && body.isRepeatOf(newest.get(body.key()))) {
        outcomes.add(outcomeOfKnown(batch.get(i), writer));
      } else {
        outcomes.add(first ? outcomeOf(batch.get(i)) : EventOutcome.Status.DUPLICATE);
      }
    }
    return outcomes;
  }

  /**
   * The outcome of a body that the ledger had. The same message comes again after a crash between
   * the commit and the acknowledgement: nobody was told what became of it then.
   */
  private static EventOutcome.Status outcomeOfKnown(BatchEntry entry, String writer) {
    if (!entry.event().raw().messageId().equals(writer)) {
      return EventOutcome.Status.DUPLICATE;
    }
    return entry.transformed().handled()
        ? EventOutcome.Status.APPLIED
        : EventOutcome.Status.UNHANDLED;
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

  /** Whether any column of the row is now as {@code upsert} says. */
  private boolean stands(Upsert upsert) {
    RowVersions now = touched.getOrDefault(upsert.table(), Map.of()).get(upsert.key());
    return now != null && now.holds(upsert);
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
