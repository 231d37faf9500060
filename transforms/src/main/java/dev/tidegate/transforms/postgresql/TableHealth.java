package dev.tidegate.transforms.postgresql;

import dev.tidegate.schemas.Version;
import dev.tidegate.transforms.postgresql.EventWriter.Entry;
import dev.tidegate.transforms.refusals.RefusalHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.checkerframework.checker.nullness.qual.Nullable;

/** How the tables of one database take events, as all writers of this JVM saw it lately. */
final class TableHealth {
  /** The table that every event writes. */
  static final String LEDGER = "events";

  /** Stands for the tables of effects and sagas. */
  static final String EFFECTS = "effects";

  /** Stands for all tables, where the database does not say which one it was. */
  static final String ANY = "";

  private static final int MOST_SLOW_ROWS = 1_000;

  /** Events of each table that are kept for comparison. */
  private static final int WITNESSES = 3;

  /** Larger events are not kept for comparison. */
  private static final int LARGEST_WITNESS = 64 << 10;

  private static final Duration SLOW_FOR = Duration.ofMinutes(10);

  private static final Map<DatabaseConfiguration, TableHealth> ALL = new ConcurrentHashMap<>();

  private final RefusalHistory<EventVersion> history = new RefusalHistory<>();
  private final Map<String, List<Entry>> witnesses = new ConcurrentHashMap<>();

  /** Rows that took too long, by table and key, and until when that is remembered. */
  private final Map<List<String>, Long> slow = new LinkedHashMap<>();

  private TableHealth() {}

  /** One body of a notification. */
  private record EventVersion(LedgerStatement.Key key, Version version) {
    static EventVersion of(Entry entry) {
      return new EventVersion(LedgerStatement.Key.of(entry.event()), entry.event().version());
    }
  }

  static TableHealth of(DatabaseConfiguration database) {
    return ALL.computeIfAbsent(database, any -> new TableHealth());
  }

  /** The time, of which a later one is greater. */
  long now() {
    return history.now();
  }

  /** Records that events were written in a transaction that began at {@code since}. */
  void took(Collection<Entry> entries, long since) {
    Map<String, Entry> byTable = new HashMap<>();
    for (Entry entry : entries) {
      tablesOf(entry).forEach(table -> byTable.put(table, entry));
    }
    took(byTable.keySet(), since);
    byTable.forEach(
        (table, entry) -> {
          if (entry.event().raw().body().length <= LARGEST_WITNESS) {
            witnesses.compute(table, (any, known) -> withNewest(known, entry, table));
          }
        });
    history.forget(entries.stream().map(EventVersion::of)::iterator);
    synchronized (slow) {
      if (!slow.isEmpty()) {
        entries.forEach(entry -> rowsOf(entry, ANY).forEach(slow::remove));
      }
    }
  }

  /** Records that {@code tables} would have taken rows in a transaction that began so. */
  void took(Set<String> tables, long since) {
    Set<String> all = new TreeSet<>(tables);
    all.add(ANY);
    history.took(all, since);
  }

  /** Records that a table refused an event, alone, for a reason. */
  void refused(String reason, Entry entry) {
    history.refused(reason, EventVersion.of(entry));
  }

  /** Records that a refused event has become a dead letter. */
  void settled(String reason, Entry entry) {
    history.settled(reason, EventVersion.of(entry));
  }

  /** Whether the table refused enough different events since it last took any. */
  boolean refusedEnough(String reason, String table) {
    return history.refusedEnough(reason, table);
  }

  /** Whether the table has taken others since it first refused the event. */
  boolean tookOthersSince(String reason, Entry entry, String table) {
    return history.tookOthersSince(reason, EventVersion.of(entry), table);
  }

  /** As {@link RefusalHistory#warn}. */
  boolean warn(String table, String reason, String text) {
    return history.warn(table, reason, text);
  }

  /** The newest witnesses of a table, each of other rows. */
  private static List<Entry> withNewest(@Nullable List<Entry> known, Entry entry, String table) {
    List<Entry> newest = new ArrayList<>();
    newest.add(entry);
    if (known != null) {
      known.stream()
          .filter(other -> !shareRows(other, entry, table))
          .limit(WITNESSES - 1L)
          .forEach(newest::add);
    }
    return List.copyOf(newest);
  }

  /** Events that the table took lately, of other rows than those of {@code refused}. */
  List<Entry> witnesses(String table, List<Entry> refused) {
    return witnesses.getOrDefault(table, List.of()).stream()
        .filter(witness -> refused.stream().noneMatch(one -> shareRows(witness, one, table)))
        .toList();
  }

  private static boolean shareRows(Entry first, Entry second, String table) {
    return first == second || !Collections.disjoint(rowsOf(first, table), rowsOf(second, table));
  }

  /** Records that the event's rows took too long. */
  void slow(Entry entry, String table) {
    long until = System.nanoTime() + SLOW_FOR.toNanos();
    synchronized (slow) {
      rowsOf(entry, table).forEach(row -> slow.put(row, until));
      while (slow.size() > MOST_SLOW_ROWS) {
        slow.remove(slow.keySet().iterator().next());
      }
    }
  }

  /** Those that write rows which took too long a while ago. */
  List<Entry> slowAmong(List<Entry> batch) {
    synchronized (slow) {
      if (slow.isEmpty()) {
        return List.of();
      }
      long now = System.nanoTime();
      slow.values().removeIf(until -> until - now < 0);
      return batch.stream()
          .filter(entry -> rowsOf(entry, ANY).stream().anyMatch(slow::containsKey))
          .toList();
    }
  }

  /** Every event writes the ledger. */
  private static Set<String> tablesOf(Entry entry) {
    Set<String> tables = new TreeSet<>();
    tables.add(LEDGER);
    entry.transformed().upserts().forEach(upsert -> tables.add(upsert.table()));
    if (causesEffects(entry)) {
      tables.add(EFFECTS);
    }
    return tables;
  }

  private static boolean causesEffects(Entry entry) {
    return !entry.transformed().effects().isEmpty() || !entry.transformed().sagas().isEmpty();
  }

  /** Whether the event writes the table. */
  static boolean writes(Entry entry, String table) {
    return table.equals(ANY) || tablesOf(entry).contains(table);
  }

  /** Table and key of what the event says of a table, or of all of them. */
  private static List<List<String>> rowsOf(Entry entry, String table) {
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
    if (causesEffects(entry) && (all || table.equals(EFFECTS))) {
      rows.add(List.of(EFFECTS, entry.event().tenantId(), entry.event().notificationId()));
    }
    return rows;
  }
}
