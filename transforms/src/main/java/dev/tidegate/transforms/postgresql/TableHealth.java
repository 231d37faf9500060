package dev.tidegate.transforms.postgresql;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the tables of one database took and refused lately, as all writers of this JVM saw it. It
 * tells poison from a table that has changed: poison is refused while its table takes other events.
 *
 * <p>It outlives a job's restart in the same JVM, and no more than that. Its clock counts, it does
 * not measure: what matters is what came first.
 */
public final class TableHealth {
  /**
   * So many different events that a table refuses for one reason, none taken between them, are no
   * poison: the table has changed. Fewer become dead letters, for nothing tells them from poison.
   */
  static final int ENOUGH = 20;

  /** The table that every event writes. */
  static final String LEDGER = "events";

  /** Stands for all tables, where the database does not say which one it was. */
  static final String ANY = "";

  private static final int MOST_REMEMBERED = 1_000;

  /** Larger events are not kept for comparison. */
  private static final int LARGEST_WITNESS = 64 << 10;

  private static final Duration SLOW_FOR = Duration.ofMinutes(10);
  private static final Duration BETWEEN_WARNINGS = Duration.ofSeconds(30);

  private static final Map<DatabaseConfiguration, TableHealth> ALL = new ConcurrentHashMap<>();

  private long time;
  private final Map<String, Long> taken = new HashMap<>();
  private final Map<String, BatchEntry> witnesses = new HashMap<>();
  private final Map<String, Map<EventVersion, Refusal>> refusals = new HashMap<>();
  private final Map<String, Problem> problems = new HashMap<>();

  /** Rows that took too long, by table and key, and until when that is remembered. */
  private final Map<List<String>, Long> slow = limited();

  private TableHealth() {}

  /** When an event was first refused, and whether it has become a dead letter. */
  private record Refusal(long since, boolean settled) {}

  private record Problem(String table, String text, long warnedAt) {}

  /** One body of a notification. */
  private record EventVersion(LedgerKey key, String version) {
    static EventVersion of(BatchEntry entry) {
      return new EventVersion(LedgerKey.of(entry.event()), entry.event().version().text());
    }
  }

  static TableHealth of(DatabaseConfiguration database) {
    return ALL.computeIfAbsent(database, any -> new TableHealth());
  }

  /** What is wrong with tables now, in this JVM: a line each, and what to do. */
  public static List<String> problems() {
    Set<String> texts = new TreeSet<>();
    for (TableHealth health : ALL.values()) {
      synchronized (health) {
        health.problems.values().forEach(problem -> texts.add(problem.text));
      }
    }
    return List.copyOf(texts);
  }

  /** The time, of which a later one is greater. */
  synchronized long now() {
    return ++time;
  }

  /** Records that events were written in a transaction that began at {@code since}. */
  synchronized void took(Collection<BatchEntry> entries, long since) {
    Map<String, BatchEntry> byTable = new HashMap<>();
    for (BatchEntry entry : entries) {
      tablesOf(entry).forEach(table -> byTable.put(table, entry));
    }
    took(byTable.keySet(), since);
    byTable.forEach(
        (table, entry) -> {
          if (entry.event().raw().body().length <= LARGEST_WITNESS) {
            witnesses.put(table, entry);
          }
        });
    if (!refusals.isEmpty() || !slow.isEmpty()) {
      for (BatchEntry entry : entries) {
        EventVersion event = EventVersion.of(entry);
        refusals.values().forEach(ofReason -> ofReason.remove(event));
        rowsOf(entry, ANY).forEach(slow::remove);
      }
      refusals.values().removeIf(Map::isEmpty);
    }
  }

  /** Records that {@code tables} would have taken rows in a transaction that began so. */
  synchronized void took(Set<String> tables, long since) {
    tables.forEach(table -> taken.merge(table, since, Math::max));
    taken.merge(ANY, since, Math::max);
    problems.values().removeIf(problem -> tables.contains(problem.table));
  }

  /** Records that a table refused an event, alone, for a reason. */
  synchronized void refused(String reason, BatchEntry entry) {
    refusals
        .computeIfAbsent(reason, any -> limited())
        .compute(
            EventVersion.of(entry),
            (event, known) -> known == null || known.settled ? new Refusal(now(), false) : known);
  }

  /** Records that a refused event has become a dead letter. */
  synchronized void settled(String reason, BatchEntry entry) {
    Map<EventVersion, Refusal> ofReason = refusals.get(reason);
    if (ofReason != null) {
      ofReason.computeIfPresent(
          EventVersion.of(entry), (event, known) -> new Refusal(known.since, true));
    }
  }

  /** How many different events a table refused for a reason since it last took any. */
  synchronized int refusedInARow(String reason, String table) {
    long last = taken.getOrDefault(table, 0L);
    return (int)
        refusals.getOrDefault(reason, Map.of()).values().stream()
            .filter(refusal -> refusal.since > last)
            .count();
  }

  /**
   * Whether the table has taken others since it first refused the event: it is the event's fault.
   */
  synchronized boolean tookOthersSince(String reason, BatchEntry entry, String table) {
    Refusal refusal = refusals.getOrDefault(reason, Map.of()).get(EventVersion.of(entry));
    return refusal != null && taken.getOrDefault(table, 0L) > refusal.since;
  }

  /** An event that the table took lately. */
  synchronized Optional<BatchEntry> witness(String table) {
    return Optional.ofNullable(witnesses.get(table));
  }

  /** Records that the event's rows took too long. */
  synchronized void slow(BatchEntry entry, String table) {
    long until = System.nanoTime() + SLOW_FOR.toNanos();
    rowsOf(entry, table).forEach(row -> slow.put(row, until));
  }

  /** Those that write rows which took too long a while ago. */
  synchronized List<BatchEntry> slowAmong(List<BatchEntry> batch) {
    List<BatchEntry> found = new ArrayList<>();
    if (!slow.isEmpty()) {
      long now = System.nanoTime();
      slow.values().removeIf(until -> until - now < 0);
      for (BatchEntry entry : batch) {
        if (rowsOf(entry, ANY).stream().anyMatch(slow::containsKey)) {
          found.add(entry);
        }
      }
    }
    return found;
  }

  /**
   * Keeps a problem of a table in mind, until the table takes an event.
   *
   * @return whether it is time to warn of it
   */
  synchronized boolean warn(String table, String reason, String text) {
    long now = System.nanoTime();
    Problem known = problems.get(reason);
    boolean due = known == null || now - known.warnedAt > BETWEEN_WARNINGS.toNanos();
    problems.put(reason, new Problem(table, text, due ? now : known.warnedAt));
    return due;
  }

  /** Every event writes the ledger. */
  static Set<String> tablesOf(BatchEntry entry) {
    Set<String> tables = new TreeSet<>();
    tables.add(LEDGER);
    entry.transformed().upserts().forEach(upsert -> tables.add(upsert.table()));
    return tables;
  }

  static boolean writes(BatchEntry entry, String table) {
    return table.equals(ANY)
        || table.equals(LEDGER)
        || entry.transformed().upserts().stream().anyMatch(upsert -> upsert.table().equals(table));
  }

  /** Table and key of what the event says of a table, or of all of them. */
  private static List<List<String>> rowsOf(BatchEntry entry, String table) {
    boolean all = table.equals(ANY) || table.equals(LEDGER);
    List<List<String>> rows = new ArrayList<>();
    entry.transformed().upserts().stream()
        .filter(upsert -> all || upsert.table().equals(table))
        .forEach(
            upsert -> {
              List<String> row = new ArrayList<>();
              row.add(upsert.table());
              row.addAll(upsert.key());
              rows.add(row);
            });
    return rows;
  }

  /** A map that forgets what it was told first. */
  private static <K, V> Map<K, V> limited() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
        return size() > MOST_REMEMBERED;
      }
    };
  }
}
